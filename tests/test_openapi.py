import asyncio
import copy
import json
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import reduce
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from PIL import Image
from schemathesis import BaseSchema, Case, Response
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from tests.jobs import PAINTING, PHOTO, PlayedEngine, PlayedRun, submission, until
from tests.lab_app import BEARER, LOOPBACK, OPEN, config

from artstyle.aliases import ALIASES
from artstyle.errors import MemoryShort
from artstyle.jobs import EventKind, Job, JobQueue, JobStatus, Limits
from artstyle.jobs.files import JobFiles
from artstyle.lab import form
from artstyle.lab.access import AccessPolicy
from artstyle.lab.app import ROUTES, make_app, serving
from artstyle.lab.config import QUEUE
from artstyle.lab.openapi import CLIPS, document
from artstyle.lab.submission import BESIDES
from artstyle.roles import ROLES

T = TypeVar("T")
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
FORMATS = {"image/" + name.lower(): name for name in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")}
MANY = Limits(unfinished=10_000, per_owner=10_000, keep_days=30, keep_jobs=10_000)
REFUSALS = [400, 401, 403, 404, 409, 413, 415, 422]
ALL = list(HealthCheck)
FEW = settings(
    derandomize=True, database=None, max_examples=25, deadline=None, suppress_health_check=ALL
)


def painted(name: str) -> bytes:
    data = BytesIO()
    Image.linear_gradient("L").resize((96, 72)).convert("RGB").save(data, name)
    return data.getvalue()


for kind, name in FORMATS.items():  # what Schemathesis sends where the document asks for files
    schemathesis.openapi.media_type(kind, st.just(painted(name)))


def operations(paths: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for path, item in paths.items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def test_the_document_is_valid() -> None:
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document())] == []


def test_every_reference_leads_somewhere() -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document())):
        assert reduce(lambda node, key: node[key], reference.split("/"), document())


def test_operations_have_names_of_their_own_and_declare_their_paths() -> None:
    names = [operation["operationId"] for _, _, operation in operations(document()["paths"])]
    assert len(names) == len(set(names))
    for path, item in document()["paths"].items():
        shared = item.get("parameters", [])
        in_path = ["id"] if {"$ref": "#/components/parameters/id"} in shared else []
        assert re.findall(r"{(\w+)}", path) == in_path


def test_it_describes_the_routes_and_no_others() -> None:
    routes = {
        (re.sub(r"{(\w+):.*?\]\+}", r"{\1}", route.path), route.method.lower())
        for route in ROUTES
        if route.path.startswith("/api/") or route.path == "/healthz"
    }
    assert {(path, method) for path, method, _ in operations(document()["paths"])} == routes


def test_the_form_has_the_fields_that_are_read() -> None:
    properties = document()["components"]["schemas"]["Form"]["properties"]
    assert properties.keys() == {*ROLES, *BESIDES, *form.names(), *ALIASES}


class ObedientRun(PlayedRun):
    def stop(self, *, keep: bool) -> None:
        super().stop(keep=keep)
        self.end()


class ObedientEngine(PlayedEngine):
    """Its runs end when they are stopped, as real ones do."""

    def begin(self, job: Job, files: JobFiles) -> PlayedRun:
        self.runs.append(ObedientRun(job, files))
        return self.runs[-1]


@dataclass
class Served:
    """A lab that is reached over HTTP, with a job in each state; its loop is in a thread."""

    url: str
    queue: JobQueue
    loop: asyncio.AbstractEventLoop
    jobs: dict[str, Job]

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(20)

    def call(self, case: Case[Any], **options: Any) -> Response:
        answer = case.call(base_url=self.url, **options)
        self.clean(answer)
        return answer

    def call_existing(self, case: Case[Any], **options: Any) -> Response:
        """Call with the id of a job that exists."""
        if "id" in case.path_parameters:
            case.path_parameters = {"id": self.id(case)}
        if case.operation.path.endswith("/zip"):
            case.query = {"ids": self.jobs["done"].id}
        return self.call(case, **options)

    def id(self, case: Case[Any]) -> str:
        """The id of a job, another one for another made-up id."""
        names = sorted(self.jobs)
        path, method = case.operation.path, case.operation.method
        if path.endswith(("/events", "/cancel")):
            names = [name for name in names if JobStatus(name).ended]  # others' streams have no end
        number = crc32(case.path_parameters["id"].encode())
        if method == "delete" or (method == "post" and number % 2):
            return self.do(self.queue.submit(submission())).id  # it won't be there for long
        return self.jobs[names[number % len(names)]].id

    def clean(self, answer: Response) -> None:
        """Remove the job that was submitted, or the queue would fill up."""
        if answer.status_code == 201:
            made = answer.json()
            for each in made.get("jobs", [made]):
                job = self.queue.get(each["id"])
                assert job is not None
                self.do(self.queue.remove(job))


async def made_jobs(queue: JobQueue, engine: PlayedEngine) -> dict[str, Job]:
    jobs = {}
    for state in ("done", "failed", "running", "cancelled", "queued"):
        job = jobs[state] = await queue.submit(submission())
        if state == "done":
            queue.files(job).result.write_bytes(PHOTO)
            engine.runs[-1].done()
            await until(job, EventKind.DONE)
        elif state == "failed":
            engine.runs[-1].fail(MemoryShort())
            await until(job, EventKind.FAILED)
        elif state == "cancelled":
            await queue.cancel(job)
    assert {name: job.status for name, job in jobs.items()} == {name: name for name in JobStatus}
    return jobs


@contextmanager
def served(folder: Path, policy: AccessPolicy) -> Iterator[Served]:
    said = {"photos": folder / "photos", "paintings": folder / "paintings", "limits": MANY}
    for kind, data in ("photos", PHOTO), ("paintings", PAINTING):
        (folder / kind).mkdir()
        (folder / kind / "sample.png").write_bytes(data)
    engine = ObedientEngine()
    app = make_app(config(folder, engine, policy=policy, **said))
    with ThreadPoolExecutor() as pool, closing(asyncio.new_event_loop()) as loop:
        pool.submit(loop.run_forever)
        serve = serving(app, "127.0.0.1", 0)
        enter, leave = serve.__aenter__(), serve.__aexit__(None, None, None)
        port = asyncio.run_coroutine_threadsafe(enter, loop).result(20)
        lab = Served(f"http://127.0.0.1:{port}", app[QUEUE], loop, {})
        lab.jobs = lab.do(made_jobs(lab.queue, engine))
        yield lab
        lab.do(leave)
        loop.call_soon_threadsafe(loop.stop)
        pool.shutdown()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("lab"), LOOPBACK) as it:
        yield it


@pytest.fixture(scope="module")
def lab_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A lab that is open to others, where changes need the token."""
    with served(tmp_path_factory.mktemp("lab"), OPEN) as it:
        yield it


def existing(*, token: bool = False) -> BaseSchema:
    """The document for forms with two files: made-up samples and jobs can't be accepted."""
    told = copy.deepcopy(document())
    fields = told["components"]["schemas"]["Form"]
    for name in ("content_sample", "style_sample", "again", "callback"):
        del fields["properties"][name]
    del fields["allOf"]
    fields["required"] = ["content", "style"]
    for _, _, operation in operations(told["paths"]):
        if token and "security" in operation:
            operation["security"] = [{"token": []}]  # in that lab nobody may do without
    return loaded(told, "positive")


def loaded(told: dict[str, Any], mode: str) -> BaseSchema:
    generation = {"mode": mode, "deterministic": True, "with-security-parameters": False}
    rejections = {"negative_data_rejection": {"expected-statuses": REFUSALS}}
    given = {"generation": generation, "checks": rejections}
    config = schemathesis.Config.from_dict(given)
    return schemathesis.openapi.from_dict(told, config=config)


# Made-up jobs, samples and pictures aren't accepted however well they are formed.
@loaded(document(), "all").parametrize()
@FEW
def test_made_up_values_are_answered_as_described(case: Case[Any], lab: Served) -> None:
    answer = lab.call(case)
    case.validate_response(answer, excluded_checks=[checks.positive_data_acceptance])


CONTRADICTIONS = {
    *("no-weight", "no-noise", "no-realism", "noise-unused", "size-twice", "named-twice"),
    *("picture-needs-other", "sample-missing", "style-masks-count", "mask-shape"),  # pictures
    *("style-weights-count", "no-style-weight", "crops-count", "crop-outside", "crop-small"),
}


def check_accepted(case: Case[Any], answer: Response, **options: Any) -> None:
    """The document can't say which fields contradict each other; all else is accepted.

    Nor can it say which samples there are.
    """
    case.validate_response(answer, excluded_checks=[checks.positive_data_acceptance], **options)
    if answer.status_code == 422:
        told = answer.json()
        fields = told["data"].get("fields", {"": told})
        codes = {each["code"] for each in fields.values()}
        assert codes <= CONTRADICTIONS | {"noise-level-out-of-range"}
    else:
        assert answer.status_code in (200, 201, 204, 409)


@existing().parametrize()
@FEW
def test_what_the_document_allows_is_accepted(case: Case[Any], lab: Served) -> None:
    answer = lab.call_existing(case)
    check_accepted(case, answer)
    if case.operation.path == "/api/jobs/{id}" and answer.status_code != 204:
        assert (answer.json()["position"] is None) is (answer.json()["state"] != "queued")


@existing(token=True).include(method=["POST", "DELETE"]).parametrize()
@FEW
def test_without_the_token_nothing_is_changed(case: Case[Any], lab_for_all: Served) -> None:
    answer = lab_for_all.call_existing(case)
    case.validate_response(answer)
    assert answer.status_code == 401


@existing(token=True).include(method=["POST", "DELETE"]).parametrize()
@FEW
def test_with_the_token_everything_is(case: Case[Any], lab_for_all: Served) -> None:
    answer = lab_for_all.call_existing(case, headers=BEARER)
    kwargs = {"base_url": lab_for_all.url}
    check_accepted(case, answer, headers=BEARER, transport_kwargs=kwargs)


def test_looking_needs_no_token(lab_for_all: Served) -> None:
    for path, method, _ in operations(document()["paths"]):
        if method == "get":
            done = lab_for_all.jobs["done"].id
            address = lab_for_all.url + path.format(id=done)
            asked = {"ids": done} if path.endswith("/zip") else {}
            assert requests.get(address, params=asked, timeout=20).status_code == 200


def post(lab: Served, fields: dict[str, Any]) -> requests.Response:
    """Send the form; bytes are files."""
    parts = {
        name: ("picture", value) if isinstance(value, bytes) else (None, str(value))
        for name, value in fields.items()
    }
    answer = requests.post(f"{lab.url}/api/jobs", files=parts, timeout=20)
    lab.clean(Response.from_requests(answer, verify=False))
    loaded(document(), "all")["/api/jobs"]["POST"].validate_response(answer)
    return answer


def test_pictures_are_given_in_each_of_the_ways(lab: Served) -> None:
    done, queued = lab.jobs["done"].id, lab.jobs["queued"].id
    samples = {"content_sample": "sample", "style_sample": "sample"}
    for fields in (samples, {"content": PHOTO, **samples}, {"again": done}):
        assert post(lab, fields).status_code == 201
    assert post(lab, {"again": queued, "style": PAINTING}).status_code == 201


def test_a_picture_may_be_of_each_of_the_types(lab: Served) -> None:
    media = document()["paths"]["/api/jobs"]["post"]["requestBody"]["content"]
    for role, encoding in media["multipart/form-data"]["encoding"].items():
        clips = CLIPS.split(", ") if role == "content" else []
        assert encoding["contentType"].split(", ") == [*FORMATS, *clips]
    for name in FORMATS.values():
        assert post(lab, {"content": painted(name), "style": PAINTING}).status_code == 201


def test_what_the_form_forbids_is_refused_by_name(lab: Served) -> None:
    for name, schema in document()["components"]["schemas"]["Form"]["properties"].items():
        for each in schema.get("anyOf", [schema]):
            least = 1 if each.get("type") == "integer" else 1e-7
            steps = {"minimum": -least, "maximum": least}
            outside = [each[key] + step for key, step in steps.items() if key in each]
            for value in [*outside, *(["nothing", "1\n2"] if "enum" in each else [])]:
                answer = post(lab, {"content": PHOTO, "style": PAINTING, name: value})
                assert answer.status_code == 422
                assert answer.json()["errors"].keys() == {name}
