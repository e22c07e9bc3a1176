"""The recipes for Django, FastAPI and Pydantic, as the documentation shows them.

The frameworks are in the dependency group ``frameworks``. Without them, these tests are skipped.
"""

import datetime as dt
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mdm_osupdate as osu
from mdm_osupdate.simulator import SimulatedDevice, offer

django = pytest.importorskip("django")
fastapi_testing = pytest.importorskip("fastapi.testclient")
pydantic = pytest.importorskip("pydantic")

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "web-frameworks.md"
IPHONE = osu.Device("iOS", "17.3", supervised=True)
UNSUPERVISED = osu.Device("iOS", "17.3", supervised=False)
ITEM = osu.UpdatesItem(install_action="InstallASAP", product_version="17.4.1")
INSTALL = osu.dumps(osu.ScheduleOSUpdateCommand([ITEM], command_uuid="0001"))
START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)


@pytest.fixture(scope="module", autouse=True)
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Write each recipe to the file that its first line names."""
    folder = tmp_path_factory.mktemp("recipes")
    for name, text in re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        path = folder / "recipes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "recipes"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def models(recipes: None) -> Any:
    settings = importlib.import_module("django.conf").settings
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    settings.configure(
        INSTALLED_APPS=["recipes.updates"],
        DATABASES={"default": database},
        ROOT_URLCONF=__name__,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    models = importlib.import_module("recipes.updates.models")
    connection = importlib.import_module("django.db").connection
    with connection.schema_editor() as editor:
        editor.create_model(models.Device)
    yield models
    connection.close()


class TestDjango:
    @pytest.fixture
    def device(self, models: Any) -> Iterator[Any]:
        device = models.Device.objects.create(
            udid="A", platform="iOS", os_version="17.3", supervised=True
        )
        yield device
        models.Device.objects.all().delete()

    @pytest.fixture
    def views(self, models: Any) -> Any:
        return importlib.import_module("recipes.updates.views")

    @pytest.fixture
    def requests(self, models: Any) -> Any:
        return importlib.import_module("django.test").RequestFactory()

    def test_update(
        self, device: Any, views: Any, requests: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = START
        monkeypatch.setattr(views.timezone, "now", lambda: now)
        asked = requests.post("/updates/A", {"target": "17.4.1"})
        assert views.update(asked, "A").status_code == 202
        phone = SimulatedDevice(IPHONE, [offer(IPHONE, "17.4.1")], udid="A")
        while phone.device.os_version < osu.OSVersion("17.4.1"):
            idle = phone.check_in(now)
            assert idle is not None
            message: bytes | None = osu.dumps(idle)
            while message is not None:
                answer = views.connect(requests.put("/mdm", message))
                assert answer.status_code == 200
                message = phone.handle(answer.content, now) if answer.content else None
            now = phone.awake_at(now + dt.timedelta(minutes=15))
            assert now < START + dt.timedelta(days=1)

    def test_unsupported_device(self, device: Any, views: Any, requests: Any) -> None:
        device.supervised = False
        device.save()
        answer = views.update(requests.post("/updates/A", {"target": "17.4.1"}), "A")
        assert answer.status_code == 400
        assert [f["rule"] for f in json.loads(answer.content)["findings"]] == ["OSU310"]

    def test_invalid_version(self, device: Any, views: Any, requests: Any) -> None:
        answer = views.update(requests.post("/updates/A"), "A")
        assert answer.status_code == 400
        assert "expected a version" in json.loads(answer.content)["detail"]

    def test_unreadable_message(self, device: Any, views: Any, requests: Any) -> None:
        answer = views.connect(requests.put("/mdm", b"<plist>"))
        assert answer.status_code == 400
        assert [f["rule"] for f in json.loads(answer.content)["findings"]] == ["OSU101"]

    def test_device_without_update(self, device: Any, views: Any, requests: Any) -> None:
        message = osu.dumps(osu.Response(status="Idle", udid="A"))
        assert views.connect(requests.put("/mdm", message)).content == b""


class TestFastAPI:
    @pytest.mark.parametrize(
        ("udid", "body", "status", "rules"),
        [
            ("ours", INSTALL, 202, None),
            ("theirs", INSTALL, 400, ["OSU310"]),
            ("ours", b"<plist>", 400, ["OSU101"]),
            ("nobody", INSTALL, 404, None),
        ],
    )
    def test_enqueue(self, udid: str, body: bytes, status: int, rules: list[str] | None) -> None:
        recipe: Any = importlib.import_module("recipes.commands")
        recipe.devices.update(ours=IPHONE, theirs=UNSUPERVISED)
        recipe.queues.clear()
        answer = fastapi_testing.TestClient(recipe.app).put(f"/commands/{udid}", content=body)
        assert answer.status_code == status
        assert recipe.queues == ({"ours": [INSTALL]} if status == 202 else {})
        if rules is not None:
            assert [finding["rule"] for finding in answer.json()["findings"]] == rules


class TestPydantic:
    FACTS = {"platform": "iOS", "os_version": "17.3", "supervised": True}  # noqa: RUF012

    def test_command(self) -> None:
        recipe: Any = importlib.import_module("recipes.requests")
        request = recipe.UpdateRequest(**self.FACTS, command=INSTALL.decode())
        assert isinstance(request.command, osu.ScheduleOSUpdateCommand)
        assert recipe.UpdateRequest.model_validate_json(request.model_dump_json()) == request
        schema = recipe.UpdateRequest.model_json_schema()["properties"]["command"]
        assert schema["type"] == "string"

    @pytest.mark.parametrize(
        ("changes", "rules"),
        [
            ({"command": "<plist>"}, ["OSU101"]),
            ({"supervised": False}, ["OSU310"]),
            ({"command": 5}, None),
        ],
    )
    def test_invalid_command(self, changes: dict[str, object], rules: list[str] | None) -> None:
        recipe: Any = importlib.import_module("recipes.requests")
        values = {**self.FACTS, "command": INSTALL.decode(), **changes}
        with pytest.raises(pydantic.ValidationError) as caught:
            recipe.UpdateRequest(**values)
        if rules is not None:
            findings = caught.value.errors()[0]["ctx"]["findings"]
            assert [finding["rule"] for finding in findings] == rules

    def test_fastapi_responds_with_the_findings(self) -> None:
        recipe: Any = importlib.import_module("recipes.requests")

        def update(request: Any) -> None: ...

        update.__annotations__["request"] = recipe.UpdateRequest
        app = importlib.import_module("fastapi").FastAPI()
        app.post("/updates")(update)
        values = {**self.FACTS, "command": INSTALL.decode(), "supervised": False}
        answer = fastapi_testing.TestClient(app).post("/updates", json=values)
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["ctx"]["findings"][0]["rule"] == "OSU310"

    def test_declaration(self) -> None:
        recipe: Any = importlib.import_module("recipes.declarations")
        declaration = {
            "Type": "com.apple.configuration.softwareupdate.enforcement.specific",
            "Identifier": "27.1",
            "ServerToken": "1",
            "Payload": {"TargetOSVersion": "27.1", "TargetLocalDateTime": "2026-12-01T19:00:00"},
        }
        assignment = recipe.Assignment(udids=["A"], declaration=declaration)
        assert assignment.model_dump()["declaration"] == declaration
        assert recipe.Assignment.model_validate_json(assignment.model_dump_json()) == assignment

    def test_invalid_declaration(self) -> None:
        recipe: Any = importlib.import_module("recipes.declarations")
        with pytest.raises(pydantic.ValidationError, match="OSU120"):
            recipe.Assignment(udids=["A"], declaration={})
