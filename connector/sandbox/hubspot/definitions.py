"""What the account is made of: fields, pipelines, owners, teams and the schemas of object types."""

from __future__ import annotations

from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.people import Person, Pipeline, PipelineStage
from connector.sandbox.crm.record import iso
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.kinds import OBJECT_TYPES, ObjectType
from connector.sandbox.hubspot.refusals import bad_request, not_found

FIELD_TYPES = {
    "number": "number",
    "enumeration": "select",
    "date": "date",
    "datetime": "date",
    "bool": "booleancheckbox",
}


def list_fields(crm: Crm, kind: ObjectType, request: Request) -> Answer:
    """Answer ``GET …/properties/{type}``; removed properties are gone, not archived."""
    if request.first("archived") == "true":
        return Answer(200, {"results": []})
    return Answer(200, {"results": [_field(kind, field) for field in crm.fields[kind.name].all()]})


def get_field(crm: Crm, kind: ObjectType, name: str) -> Answer:
    """Answer ``GET …/properties/{type}/{name}``."""
    field = crm.fields[kind.name].get(name)
    return Answer(200, _field(kind, field)) if field else not_found(f"Property {name[:60]} does not exist")


def _field(kind: ObjectType, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "updatedAt": iso(field.updated_ms),
        "createdAt": iso(field.created_ms),
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "fieldType": "calculation_equation" if field.calculated else FIELD_TYPES.get(field.type, "text"),
        "description": "",
        "groupName": f"{kind.singular}information",
        "options": [
            {"label": option.label, "value": option.value, "displayOrder": place, "hidden": False}
            for place, option in enumerate(field.options)
        ],
        "displayOrder": -1,
        "calculated": field.calculated,
        "externalOptions": bool(field.refers_to),
        "hasUniqueValue": field.name == "hs_object_id",
        "hidden": False,
        "modificationMetadata": {
            "archivable": field.custom,
            "readOnlyDefinition": not field.custom,
            "readOnlyValue": field.calculated,
        },
        "formField": field.custom,
        "dataSensitivity": "non_sensitive",
    }
    # As recorded: properties of the account's own do not say hubspotDefined but who made them.
    maker = {"createdUserId": "61526375", "updatedUserId": "61526375", "archived": False}
    shown |= maker if field.custom else {"hubspotDefined": True}
    return shown | ({"referencedObjectType": "OWNER"} if field.refers_to == "owners" else {})


def list_pipelines(crm: Crm, kind: ObjectType) -> Answer:
    """Answer ``GET …/pipelines/{type}``: all of them at once, archived ones left out."""
    found = crm.pipelines.get(kind.name, {}).values()
    return Answer(200, {"results": [_pipeline(pipeline) for pipeline in found if not pipeline.archived]})


def get_pipeline(crm: Crm, kind: ObjectType, rest: list[str]) -> Answer:
    """Answer one pipeline, its stages, one stage or their audit."""
    pipeline = crm.pipelines.get(kind.name, {}).get(rest[0])
    if pipeline is None:
        return not_found()
    if rest[-1] == "audit":
        return Answer(200, {"results": _audit(crm, rest[-2])})
    if len(rest) == 1:
        return Answer(200, _pipeline(pipeline))
    if len(rest) == 2:
        return Answer(200, {"results": _pipeline(pipeline)["stages"]})
    stage = pipeline.stage(rest[2])
    return Answer(200, _stage(stage)) if stage else not_found()


def _audit(crm: Crm, identifier: str) -> list[dict[str, Any]]:
    moment = iso(0)
    return [{"portalId": crm.account.id, "identifier": identifier, "action": "CREATE", "timestamp": moment}]


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "label": pipeline.label,
        "displayOrder": pipeline.order,
        "id": pipeline.id,
        "stages": [_stage(stage) for stage in pipeline.stages if not stage.archived],
        "createdAt": iso(pipeline.created_ms),
        "updatedAt": iso(pipeline.updated_ms),
        "archived": pipeline.archived,
    }


def _stage(stage: PipelineStage) -> dict[str, Any]:
    """Values of the metadata are texts; records without a probability have a state instead."""
    metadata = {"isClosed": "true" if stage.is_closed else "false"}
    if stage.probability is None:
        metadata |= {"ticketState": "CLOSED" if stage.is_closed else "OPEN"}
    else:
        metadata |= {"probability": f"{stage.probability:.1f}"}
    return {
        "label": stage.label,
        "displayOrder": stage.order,
        "metadata": metadata,
        "id": stage.id,
        "createdAt": iso(stage.created_ms),
        "updatedAt": iso(stage.updated_ms),
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "archived": stage.archived,
    }


def list_owners(crm: Crm, request: Request) -> Answer:
    """Answer ``GET …/owners``: active people, or with ``archived=true`` the others."""
    limit, after = request.first("limit", "100"), request.first("after", "0")
    if not limit.isdecimal() or not 1 <= int(limit) <= 500 or not after.isdecimal():
        return bad_request("limit must be between 1 and 500, after a cursor of an earlier page")
    archived, email = request.first("archived") == "true", request.first("email")
    found = sorted(
        (one for one in crm.people.values() if one.archived == archived and (not email or one.email == email)),
        key=lambda one: int(one.id),
    )
    rest = [one for one in found if int(one.id) >= int(after)]
    body: dict[str, Any] = {"results": [_owner(crm, one) for one in rest[: int(limit)]]}
    if len(rest) > int(limit):
        body["paging"] = {"next": {"after": rest[int(limit)].id}}
    return Answer(200, body)


def get_owner(crm: Crm, owner_id: str, request: Request) -> Answer:
    """Answer ``GET …/owners/{id}``."""
    person = crm.people.get(owner_id)
    if person is None or person.archived != (request.first("archived") == "true"):
        return not_found()
    return Answer(200, _owner(crm, person))


def _owner(crm: Crm, person: Person) -> dict[str, Any]:
    """People who left have no user id; the one they had is in ``userIdIncludingInactive``."""
    shown: dict[str, Any] = {
        "id": person.id,
        "email": person.email,
        "type": person.type,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "userId": None if person.archived else person.user_id,
        "userIdIncludingInactive": person.user_id,
        "createdAt": iso(person.created_ms),
        "updatedAt": iso(person.updated_ms),
        "archived": person.archived,
    }
    teams = [
        {"id": team_id, "name": crm.teams[team_id].name, "primary": place == 0}
        for place, team_id in enumerate(person.teams)
        if team_id in crm.teams
    ]
    return shown | ({"teams": teams} if teams else {})


def list_teams(crm: Crm) -> Answer:
    """Answer ``GET /settings/v3/users/teams``."""
    active = [one for one in crm.people.values() if not one.archived]
    shown = [
        {
            "id": team.id,
            "name": team.name,
            "userIds": [str(one.user_id) for one in active if one.teams[:1] == [team.id]],
            "secondaryUserIds": [str(one.user_id) for one in active if team.id in one.teams[1:]],
        }
        for team in crm.teams.values()
    ]
    return Answer(200, {"results": shown})


def list_schemas() -> Answer:
    """Answer ``GET …/schemas``: the account has no custom objects."""
    return Answer(200, {"results": []})


def get_schema(crm: Crm, name: str) -> Answer:
    """Answer ``GET …/schemas/{type}``."""
    kind = next((one for one in OBJECT_TYPES if name in (one.name, one.singular, one.type_id)), None)
    if kind is None:
        return not_found(f"Unable to infer object type from: {name[:60]}")
    words = kind.singular.replace("_", " ").capitalize()
    body = {
        "labels": {"singular": words, "plural": kind.name.replace("_", " ").capitalize()},
        "requiredProperties": [],
        "searchableProperties": [],
        "primaryDisplayProperty": kind.title,
        "secondaryDisplayProperties": [],
        "description": "",
        "allowsSensitiveProperties": False,
        "archived": False,
        "id": kind.type_id.partition("-")[2],
        "name": kind.singular.upper(),
        "fullyQualifiedName": kind.singular.upper(),
        "createdAt": iso(0),
        "updatedAt": iso(0),
        "objectTypeId": kind.type_id,
        "properties": [_field(kind, field) for field in crm.fields[kind.name].all()],
        "associations": [],
    }
    return Answer(200, body)
