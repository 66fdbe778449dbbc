"""`wincls predict --dask`."""

import json
import logging
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import WINCLS, failure, output, run
from wincls.features.profile import Profile
from wincls.tagger.model_file import load_model, save_model

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

FAMILIAR = Profile(unknown=0.5, scripts=("LATIN",), length=5.0)
LINES = ["Ada met Bob Smith in Paris.", "Nobody came.", "It rains in Paris, Bob."]
TEXT = "".join(f"{LINES[i % 3]}\n" for i in range(300))


@pytest.fixture(scope="module")
def cluster():
    """The address of a cluster with two workers."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster.scheduler_address


def records(folder="out"):
    files = sorted(Path(folder, "manifest").glob("parts-*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return sorted(lines, key=lambda record: record["number"])


def joined(folder="out"):
    return b"".join(each.read_bytes() for each in sorted(Path(folder).glob("part-*")))


def tag(cluster, model, *arguments, status=0):
    return run(
        "predict", model, *arguments, "--output-dir", "out", "--block-size", "0.002", "--dask", cluster,
        status=status,
    )  # fmt: skip


def test_parts_are_what_one_process_writes_for_the_same_blocks(cluster, model, write):
    path = write(TEXT)
    result = tag(cluster, model, path, "--format", "jsonl")
    raw, found = TEXT.encode(), records()
    assert len(found) == 4 == len(list(Path("out").glob("part-*")))
    position = 0
    for record in found:
        (block,) = record["blocks"]
        assert block["begin"] == position
        position = block["end"]
        write(raw[block["begin"] : block["end"]], "block.txt")
        expected = output("predict", model, "block.txt", "--format", "jsonl").replace(
            '"file": "block.txt"', f'"file": "{path}", "byte": {block["begin"]}'
        )
        part = Path(f"out/part-{record['number']:06}.jsonl").read_text()
        assert part == expected
        assert block["sentences"] == part.count("\n")
        assert block["entities"] == part.count('"label"')
    assert position == len(raw)
    summary = json.loads(Path("out/manifest/summary.json").read_text())
    assert summary["sentences"] == 300 and summary["entities"] == 500 and summary["bytes"] == len(raw)
    assert result.stdout == (
        f"4 parts in out: 0.0 MB, 300 sentences, {summary['tokens']:,} tokens, 500 entities\n"
    )
    assert result.stderr == ""


@pytest.mark.parametrize("form", ["text", "html", "conll"])
def test_small_files_of_a_part_are_kept_apart_as_in_one_output(cluster, model, write, form):
    for i in range(5):
        write(f"Ada {i}", f"texts/{i}.txt") if i else Path("texts").mkdir()
    tag(cluster, model, "texts", "--format", form)
    expected = output("predict", model, str(Path("texts").absolute()), "--format", form)
    assert joined().decode() == expected
    (record,) = records()
    assert len(record["blocks"]) == 4
    assert record["blocks"][0]["output_begin"] == 0
    assert record["blocks"][-1]["output_end"] == record["size"]


def test_resume_keeps_good_parts_and_writes_missing_and_damaged_ones(cluster, model, write):
    path = write(TEXT)
    tag(cluster, model, path)
    before = joined()
    Path("out/part-000001.txt").unlink()
    Path("out/part-000002.txt").write_bytes(Path("out/part-000002.txt").read_bytes().replace(b"Ada", b"Eve"))
    Path("out/.part-000001.txt.unfinished-x").touch()
    result = tag(cluster, model, path, "--resume")
    assert "; from before: 2 parts" in result.stdout
    assert joined() == before
    assert not list(Path("out").glob(".*"))


def test_resume_goes_on_after_a_job_that_wrote_no_records(cluster, model, write):
    path = write(TEXT)
    tag(cluster, model, path)
    before = joined()
    for each in Path("out/manifest").glob("parts-*"):
        each.unlink()
    tag(cluster, model, path, "--resume")
    assert joined() == before


def test_resume_refuses_another_job_and_names_the_difference(cluster, model, write):
    path = write(TEXT)
    options = ["--output-dir", "out", "--dask", cluster]
    run("predict", model, path, *options)
    assert "is the manifest of a job; go on with it by --resume" in failure(
        "predict", model, path, *options, status=2
    )

    def refused(*changed):
        return failure("predict", *changed, *options, "--resume", status=2)

    assert refused(model, path, "--format", "html").startswith("--resume: format was text and is html; ")
    assert refused(model, path, "--block-size", "2").startswith("--resume: block_size was 16000000 and is ")
    assert refused(model, path, "--min-score", "0.5").startswith("--resume: min_scores was None and is ")
    assert "is new" in refused(model, path, write("Ada", "more.txt"))
    path.write_text(TEXT + "Ada\n")
    assert refused(model, path) == f"--resume: the input {path} has changed; choose another --output-dir"


def test_resume_refuses_another_model(cluster, model, write):
    path = write(TEXT)
    tag(cluster, model, path)
    loaded = load_model(model)
    loaded.tagger.familiar = FAMILIAR
    save_model(loaded, model)
    result = tag(cluster, model, path, "--resume", status=2)
    assert result.stderr.startswith("Error: --resume: model was ")


def test_a_bad_block_is_named_with_its_offset_and_the_others_are_tagged(cluster, model, write):
    raw = bytearray(TEXT.encode())
    at = raw.index(b"Paris", 3000)
    raw[at] = 0xFF
    path = write(bytes(raw))
    result = tag(cluster, model, path, "none.txt", status=1)
    assert f"{path}: byte {at:,} of the file is 0xff, which is not UTF-8; bytes " in result.stderr
    assert "Error: none.txt: no such file" in result.stderr
    assert "; left out: 1 block" in result.stdout
    found = records()
    assert [bool(record["blocks"][0]["problem"]) for record in found] == [False, True, False, False]
    assert found[1]["size"] == 0


def test_a_file_that_workers_cannot_read_is_named_and_resume_completes_the_job(cluster, model, write):
    path, other = write(TEXT, "one.txt"), write(TEXT, "two.txt")
    tag(cluster, model, path, other)
    before = joined()
    for each in Path("out/manifest").glob("parts-*"):
        each.unlink()
    Path("out/part-000006.txt").unlink()
    Path("out/part-000006.txt").mkdir()
    result = tag(cluster, model, path, other, "--resume", status=1)
    assert "Error: part 6 (" in result.stderr and "repeat the command with --resume" in result.stderr
    assert "Traceback" not in result.stderr
    assert "; missing: 1 part\n" in result.stdout
    Path("out/part-000006.txt").rmdir()
    tag(cluster, model, path, other, "--resume")
    assert joined() == before


def test_text_unlike_the_training_data_is_noted_once(cluster, model, write):
    loaded = load_model(model)
    loaded.tagger.familiar = FAMILIAR
    save_model(loaded, model)
    result = tag(cluster, model, write("Он жил в Москве.\n" * 400))
    assert result.stderr.startswith("Note: 100% of the words are in a script that the training data has not")
    assert result.stderr.count("\n") == 1
    assert len(records()) > 1


def test_dask_without_address_tags_on_a_cluster_of_its_own(model, write):
    path = write(TEXT)
    command = [*WINCLS, "predict", str(model), str(path), "--output-dir", "out", "--dask"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 part in out: 0.0 MB, 300 sentences")
    assert joined().decode() == output("predict", model, path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resume"], "--resume: only with --dask"),
        (["--block-size", "2"], "--block-size: only with --dask"),
        (["--dask", "local"], "--dask: give --output-dir, the folder for the output"),
        (["--output-dir", "out", "-j", "2", "--dask"], "--jobs: not with --dask"),
        (["--output-dir", "out", "--input", "conll", "--dask"], "--input: --dask reads plain text only"),
        (["--output-dir", "out", "--dask", "data"], "--dask: found 'data'; give an address such as"),
        (["--output-dir", "out", "--dask", "none://x:1"], "--dask: none://x:1 is no address"),
    ],
)
def test_options_that_do_not_fit_are_refused(model, write, options, message):
    assert failure("predict", model, write("Ada"), *options, status=2).startswith(message)


def test_standard_input_cannot_be_tagged_on_a_cluster(model):
    options = ["--output-dir", "out", "--dask", "local"]
    assert "cannot read standard input" in failure("predict", model, *options, status=2)


def test_no_scheduler_at_the_address_is_one_line(model, write, monkeypatch):
    monkeypatch.setattr("wincls.distributed.job._PATIENCE", 1)
    message = failure("predict", model, write("Ada"), "--output-dir", "out", "--dask", "tcp://127.0.0.1:1")
    assert message.startswith("--dask: no scheduler answers at tcp://127.0.0.1:1; ")


def test_without_dask_the_extra_is_named(model, write, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    message = failure("predict", model, write("Ada"), "--output-dir", "out", "--dask")
    assert message == "--dask: Dask is not installed; run pip install 'wincls[dask]'"
