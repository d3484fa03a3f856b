"""The README is short, and its code and figures are as shown."""

import pages
from modules import module_at

import tf_schedules

_README = pages.text("README.md")
_PAGES = "\n".join(
    path.read_text() for path in (pages.ROOT / "docs").glob("*.md")
)


def test_the_python_blocks_run_as_shown(tmp_path):
    assert any("tf_schedules.export" in b for b in pages.blocks("README.md"))
    pages.run("README.md", tmp_path)
    assert (tmp_path / "schedule" / "1" / "saved_model.pb").exists()


def test_each_bash_block_is_one_command():
    first, second = blocks = pages.blocks("README.md", "bash")
    (tpu,) = pages.blocks("docs/tpu.md", "bash")
    for block in [*blocks, tpu]:
        assert block.count("\n") == 1
    assert ".venv/bin/tf-schedules --schedule=" in first
    assert first.strip().endswith("--export_dir=exported/sgdr")
    assert ".venv/bin/python -m pytest -n 2" in second
    assert tpu.strip().endswith("-m pytest tests/tpu")


def test_it_is_short():
    assert len(_README.splitlines()) <= 120


def test_it_says_that_there_is_no_licence():
    assert "## License\n\nThere is none yet" in _README
    assert not [*pages.ROOT.glob("LICEN[CS]E*")]


def test_the_table_is_what_the_benchmark_prints():
    benchmark = module_at(pages.ROOT / "benchmarks" / "against_keras.py")
    for row in benchmark.rows():
        assert f"\n{row}\n" in _README, row


def test_the_tables_name_every_class_and_file():
    for name in tf_schedules.__all__:
        if name[0].isupper() and name != "Schedule":
            assert f"\n| `{name}(" in _PAGES, name
    assert "docs/architecture.md" in _README
    architecture = pages.text("docs/architecture.md")
    for path in (pages.ROOT / "tf_schedules").iterdir():
        is_room = (path / "__init__.py").exists()
        if is_room or path.suffix == ".py":
            name = f"`{path.name}/`" if is_room else f"`{path.name}`"
            assert name in architecture, name
