"""Variants in the state database: whose they are, names that are taken, deletion that can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.errors import UnknownName, UserError
from connector.model.brand import Brand, Logo
from connector.store.store import Store, Workspace
from connector.store.variants import Variant, VariantName
from tests.store.conftest import NOW


def made(workspace: Workspace, name: str, author: str = "user:ana", audience: str | None = None) -> Variant:
    seen_by = author if audience is None else audience
    return Variant("", workspace.id, "total_sales", 1, name, author, seen_by, {"date_range": "this_year"}, NOW, NOW)


def wanted(workspace: Workspace, name: str, person: str = "user:ana") -> VariantName:
    return VariantName(workspace.id, "total_sales", name, person)


def test_a_variant_is_found_by_its_name_whatever_its_case_and_blanks(store: Store, workspace: Workspace) -> None:
    kept = store.add_variant(made(workspace, " Север,  по командам "))
    assert kept.name == "Север, по командам"
    assert store.variant(wanted(workspace, "СЕВЕР, по  командам")) == kept
    assert store.variants(workspace, "user:ana") == [kept]


def test_ones_own_variant_is_seen_by_nobody_else_and_found_before_that_of_everyone(
    store: Store, workspace: Workspace
) -> None:
    own = store.add_variant(made(workspace, "north"))
    shared = store.add_variant(made(workspace, "north", "user:bo", ""))
    assert store.variant(wanted(workspace, "north")) == own
    assert store.variant(wanted(workspace, "north", "user:bo")) == shared
    assert store.variants(workspace, "user:bo") == [shared]
    other = store.create_workspace("Other", NOW)
    assert store.variants(other, "user:ana") == []
    with pytest.raises(UnknownName, match="There are 'north'"):
        store.variant(wanted(workspace, "south"))


def test_a_name_is_taken_once_for_each_audience(store: Store, workspace: Workspace) -> None:
    store.add_variant(made(workspace, "north"))
    with pytest.raises(UserError, match="already a variant 'NORTH'"):
        store.add_variant(made(workspace, "NORTH"))
    with pytest.raises(UserError, match="name of a variant is empty"):
        store.add_variant(made(workspace, "  "))
    assert len(store.variants(workspace, "user:ana")) == 1


def test_a_deletion_is_undone_until_the_clean_up(store: Store, workspace: Workspace) -> None:
    kept = store.add_variant(made(workspace, "north"))
    store.mark_variant(kept, NOW)
    with pytest.raises(UnknownName):
        store.variant(wanted(workspace, "north"))
    deleted = store.variant(wanted(workspace, "north"), deleted=True)
    assert deleted.deleted_at == NOW
    store.restore_variant(deleted)
    assert store.variant(wanted(workspace, "north")).id == kept.id
    store.mark_variant(kept, NOW)
    assert store.remove_marked_variants(workspace, NOW - timedelta(seconds=1)) == 0
    assert store.remove_marked_variants(workspace, NOW) == 1
    assert store.variants(workspace, "user:ana") == []


def test_a_deleted_name_is_free_and_then_cannot_be_restored(store: Store, workspace: Workspace) -> None:
    kept = store.add_variant(made(workspace, "north"))
    store.mark_variant(kept, NOW)
    store.add_variant(made(workspace, "north"))
    with pytest.raises(UserError, match="already a variant"):
        store.restore_variant(kept)
    assert sum(each.deleted_at is None for each in store.variants(workspace, "user:ana")) == 1


def test_changed_settings_are_kept_with_the_version_they_were_made_for(store: Store, workspace: Workspace) -> None:
    kept = store.add_variant(made(workspace, "north"))
    later = NOW + timedelta(days=1)
    store.change_variant(kept, {"filters": ["owner = 'Ана'"]}, 7, later)
    found = store.variant(wanted(workspace, "north"))
    assert (found.settings, found.template_version, found.updated_at) == ({"filters": ["owner = 'Ана'"]}, 7, later)


def test_a_removed_workspace_takes_its_variants_and_brand_along(store: Store, workspace: Workspace) -> None:
    store.add_variant(made(workspace, "north"))
    brand = Brand("Acme", ("#111111", "#990000", "#006600"), "Georgia", Logo(b"\x89PNG\x00", "image/png"))
    store.keep_brand(workspace, brand, NOW)
    store.keep_brand(None, Brand(logo=Logo(b"")), NOW)
    assert store.brand(workspace) == brand
    assert store.brand(None) == Brand(logo=Logo(b""))
    store.remove_workspace(workspace, NOW)
    assert store.variants(workspace, "user:ana") == []
    assert store.brand(workspace) == Brand()
    assert store.forget_brand(None)
    assert not store.forget_brand(None)
