"""Answers of the server speak the language that the request asks for, else that of the settings."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.stand_in import KEY as KEY_TEXT

KEY = {"Authorization": "Bearer wrong"}


def test_a_refusal_is_in_the_language_of_the_request(client: FlaskClient) -> None:
    answer = client.get("/v1/metrics", headers={**KEY, "Accept-Language": "pt-BR,pt;q=0.9,en;q=0.5"})
    assert answer.status_code == 401
    assert answer.get_json()["sentence"] == "A requisição não traz uma chave de API válida."
    assert answer.get_json()["code"] == "not_signed_in"
    assert answer.headers["Content-Language"] == "pt"
    assert "Accept-Language" in answer.headers["Vary"]


def test_every_mistake_of_a_form_is_in_the_language_of_the_request(client: FlaskClient) -> None:
    address = "/v1/data?metrics=total_sales&limit=abc&bom=x"
    headers = {"Authorization": f"Bearer {KEY_TEXT}", "Accept-Language": "es"}
    sentence = client.get(address, headers=headers).get_json()["sentence"]
    assert "Input" not in sentence
    assert "should" not in sentence
    assert sentence.count("'limit'") == sentence.count("'bom'") == 1
    english = client.get(address, headers=headers | {"Accept-Language": "en"}).get_json()["sentence"]
    assert "'limit': Input should be a valid integer, unable to parse string as an integer" in english


def test_without_a_wish_or_with_a_foreign_one_the_setting_holds(client: FlaskClient) -> None:
    for wish in ({}, {"Accept-Language": "ja,zh;q=0.5"}, {"Accept-Language": "\x00;;q=x"[1:]}):
        answer = client.get("/v1/metrics", headers={**KEY, **wish})
        assert answer.get_json()["sentence"] == "The request carries no valid API key."
        assert answer.headers["Content-Language"] == "en"


def test_one_request_does_not_speak_for_the_next(client: FlaskClient) -> None:
    assert client.get("/nothing", headers={"Accept-Language": "ru"}).get_json()["sentence"] == "Такого адреса нет."
    assert client.get("/nothing").get_json()["sentence"] == "There is no such address."
