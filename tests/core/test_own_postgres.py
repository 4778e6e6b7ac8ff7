"""The Compose file that fidesdev writes for a checkout without one."""

from __future__ import annotations

from fidesdev.core.own_postgres import SERVICE, own_document, own_project_name
from fidesdev.core.url import DatabaseUrl

URL = DatabaseUrl("postgresql", "shop", "127.0.0.1", 5433, "ann", "a$b")


def test_service_is_published_on_the_loopback_address_alone() -> None:
    service = own_document(URL, "postgres:16")["services"][SERVICE]
    assert service["ports"] == ["127.0.0.1:5433:5432"]


def test_dollar_reaches_the_container_as_it_is() -> None:
    service = own_document(URL, "postgres:16")["services"][SERVICE]
    assert service["environment"]["POSTGRES_PASSWORD"] == "a$$b"


def test_without_a_password_nobody_is_asked_for_one() -> None:
    url = DatabaseUrl("postgresql", "shop", "127.0.0.1", 5433, "ann")
    environment = own_document(url, "postgres:16")["services"][SERVICE]["environment"]
    assert environment["POSTGRES_HOST_AUTH_METHOD"] == "trust"
    assert "POSTGRES_PASSWORD" not in environment


def test_two_folders_of_one_name_are_two_projects() -> None:
    one, other = own_project_name("/home/ann/shop"), own_project_name("/home/bob/shop")
    assert one.startswith("shop-")
    assert one != other
    assert own_project_name("/").startswith("project-")
