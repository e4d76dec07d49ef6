"""What the console shows of a replay's folder."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from streams.commands.run import FILES, Counts, keep
from streams.commands.writing import Results
from streams.console.folder_knowledge import FolderError, FolderKnowledge
from streams.console.knowledge import Knowledge, OrderRefusedError
from streams.console.views import OrderDraft
from streams.driver import STATE_FOLDER
from tests.contracts.knowledge import KnowledgeContract, Lived, as_it_is


def written(lived: Lived, folder: Path) -> Path:
    """Write what happened as a replay does, and return the folder."""
    with Results(folder, FILES) as results:
        keep(lived.results, {}, results, Counts(), trails=False)
    lived.driver.save(folder / STATE_FOLDER)
    return folder


class TestFolderKnowledge(KnowledgeContract):
    """A folder knows what a worker would."""

    def knowing(self, lived: Lived, folder: Path) -> AbstractContextManager[Knowledge]:
        """Return knowledge of a folder."""
        return as_it_is(FolderKnowledge(written(lived, folder)))

    def test_a_folder_takes_no_orders(self, knowledge: Knowledge) -> None:
        """And says where to give them."""
        assert not knowledge.overview().can_order
        with pytest.raises(OrderRefusedError, match="reprise replay FILE --out DIR --orders FILE"):
            knowledge.order(OrderDraft("kill", "alice", rewrite_id="a"))

    def test_rejected_lines_are_listed_without_what_they_hold(self, lived: Lived, tmp_path: Path) -> None:
        """Where each was, why it was rejected and how large it was; the newest first."""
        folder = written(lived, tmp_path)
        rows = [
            {
                "file": "/data/turns.jsonl",
                "line": 3,
                "reason": "late",
                "message": "m",
                "value": "fleeb",
                "encoding": "utf-8",
            },
            {
                "topic": "turns",
                "offset": 9,
                "reason": "undecodable",
                "message": "m",
                "value": "AAAA",
                "encoding": "base64",
            },
        ]
        (folder / "rejected.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        found = FolderKnowledge(folder).rejected()
        assert [(item.reason, item.source_topic, item.source_offset, item.size_bytes) for item in found.items] == [
            ("undecodable", "turns", 9, 3),
            ("late", "turns.jsonl", 3, 5),
        ]
        assert "fleeb" not in str(found)

    def test_a_folder_without_a_replay_is_refused(self, tmp_path: Path) -> None:
        """With the command that makes one."""
        with pytest.raises(FolderError, match="reprise replay FILE --out"):
            FolderKnowledge(tmp_path)
