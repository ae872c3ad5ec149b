"""`sitrep topics` on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from tests.match.judging_by import FILLER
from worker.cli.topics import app
from worker.database import make_engine, session_on
from worker.migrations.steps import migrate
from worker.models import Article, Source

ARTICLE = {"title": "Harbour reopens", "body": "The harbour reopened. The harbour is full. " + FILLER}


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    directory = tmp_path / "topics"
    directory.mkdir()
    (directory / "ports.toml").write_text('title = "Ports"\nwords = ["harbour"]\n')
    return directory


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_evaluate_prints_figures_as_json(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(json.dumps({**ARTICLE, "labels": {"ports": "about", "other": "none"}}))
    result = run("evaluate", file, "--topics", topics, "--json")
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    best = printed["topics"]["ports"].pop("best")
    assert best["as_good_from"] < best["threshold"] < best["as_good_to"]
    assert printed["topics"] == {"ports": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "tp": 1, "fp": 0, "fn": 0}}
    assert printed["articles"] == 1
    assert printed["articles_per_second"] > 0


def test_evaluate_prints_a_table_with_curve_and_errors(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(json.dumps({**ARTICLE, "labels": {"ports": "mention"}}))
    result = run("evaluate", file, "--topics", topics, "--curve", "--errors")
    assert result.exit_code == 0
    for expected in ("ports", "wrongly taken", "threshold", "Harbour", "mention"):
        assert expected in result.stdout


def test_evaluate_says_that_a_topic_has_no_errors_instead_of_an_empty_table(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(json.dumps({**ARTICLE, "labels": {"ports": "about"}}))
    result = run("evaluate", file, "--topics", topics, "--errors")
    assert "ports: none is judged wrongly" in result.stdout


@pytest.mark.parametrize("name", ["article.json", "article.jsonl", "article.txt"])
def test_match_judges_an_article_from_a_file(tmp_path: Path, topics: Path, name: str) -> None:
    file = tmp_path / name
    text = f"{ARTICLE['title']}\n\n{ARTICLE['body']}" if name.endswith("txt") else json.dumps(ARTICLE)
    file.write_text(text, encoding="utf-8")
    result = run("match", file, "--topics", topics, "--json")
    assert result.exit_code == 0
    ports = json.loads(result.stdout)["topics"]["ports"]
    assert ports["verdict"] == "about"
    assert ports["evidence"][0]["term"] == "harbour"
    assert "the title says 'Harbour'" in ports["sentence"]


def test_match_prints_a_table(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "article.json"
    file.write_text(json.dumps(ARTICLE))
    result = run("match", file, "--topics", topics)
    assert result.exit_code == 0
    assert "ports" in result.stdout
    assert "about" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.json", None, "cannot be read"),
        ("broken.json", "{", "is no JSON"),
        ("list.json", "[1]", "expected a JSON object"),
        ("broken.jsonl", "{}\n{", "neither title"),
        ("empty.txt", " \n", "is empty"),
        ("latin.txt", b"H\xe4fen", "not UTF-8"),
    ],
)
def test_an_article_that_cannot_be_read_is_one_clear_sentence(
    tmp_path: Path, topics: Path, name: str, content: str | bytes | None, message: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = run("match", file, "--topics", topics)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("", "holds no articles"),
        ('{"title": "x", "labels": {"other": "none"}}', "labelled for other"),
        ("{}", "has no labels"),
    ],
)
def test_labels_that_cannot_be_used_are_one_clear_sentence(
    tmp_path: Path, topics: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "labelled.jsonl"
    if content is not None:
        file.write_text(content)
    result = run("evaluate", file, "--topics", topics)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_faulty_definition_is_placed(tmp_path: Path, topics: Path) -> None:
    (topics / "ports.toml").write_text('title = "Ports"\nwrods = ["harbour"]\n')
    result = run("match", tmp_path / "article.json", "--topics", topics)
    assert result.exit_code == 2
    assert "ports.toml:2" in result.stderr
    assert "did you mean 'words'" in result.stderr


def test_a_directory_without_topics_is_told(tmp_path: Path) -> None:
    result = run("match", "1", "--topics", tmp_path)
    assert result.exit_code == 2
    assert "holds no topic" in result.stderr


PAGE = f"""<!doctype html><html lang="en"><head><title>Harbour reopens</title></head><body>
<nav><a href="/">Home</a> <a href="/ports">Harbour news</a></nav>
<article><h1>Harbour reopens</h1>
<p>The harbour reopened on Monday. {FILLER}</p><p>The harbour is full. {FILLER}</p></article>
</body></html>"""


def test_match_judges_the_article_of_a_page(tmp_path: Path, topics: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    result = run("match", file, "--topics", topics, "--json")
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)
    assert printed["article"] == "Harbour reopens"
    assert printed["topics"]["ports"]["verdict"] == "about"


def test_match_judges_a_page_on_the_web(topics: Path) -> None:
    with serving(PAGE) as url:
        result = run("match", url, "--topics", topics, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["topics"]["ports"]["verdict"] == "about"


def test_a_page_that_cannot_be_had_is_one_clear_sentence(topics: Path) -> None:
    result = run("match", "http://127.0.0.1:9/", "--topics", topics)
    assert result.exit_code == 1
    assert "127.0.0.1:9" in result.stderr


def test_match_judges_a_stored_article(tmp_path: Path, topics: Path, now: datetime) -> None:
    database = {"SITREP_STATE_DIR": str(tmp_path / "state")}
    engine = make_engine(f"sqlite:///{tmp_path / 'state' / 'sitrep.sqlite'}")
    (tmp_path / "state").mkdir()
    unmigrated = CliRunner().invoke(app, ["match", "1", "--topics", str(topics)], env=database)
    assert unmigrated.exit_code == 1
    assert "sitrep migrate" in unmigrated.stderr
    migrate(engine)
    with session_on(engine) as session:
        session.add(source := Source(url="https://news.example/feed", name="News"))
        session.flush()
        session.add(
            article := Article(
                source_id=source.id,
                external_id="1",
                url="https://news.example/1",
                content_hash="h",
                title=ARTICLE["title"],
                text=ARTICLE["body"],
                first_seen_at=now,
                updated_at=now,
            )
        )
        session.commit()
    engine.dispose()
    result = CliRunner().invoke(app, ["match", str(article.id), "--topics", str(topics), "--json"], env=database)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["topics"]["ports"]["verdict"] == "about"
    absent = CliRunner().invoke(app, ["match", "77", "--topics", str(topics)], env=database)
    assert (absent.exit_code, "no article 77" in absent.stderr) == (1, True)


@contextmanager
def serving(page: str) -> Iterator[str]:
    """A web server on loopback that has this one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode()
            self.send_response(200 if self.path != "/robots.txt" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/article"
        server.shutdown()
        thread.join()
