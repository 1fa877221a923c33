"""The outbox against a model: any order of put, drain, ack and restart."""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edge.outbox import Outbox
from protocols.venue.delivery import Ack
from tests.edge.stations import data_of, event, outbox

AT = "2026-03-02T01:00:00.000Z"


class OutboxMachine(RuleBasedStateMachine):
    """The model: a list of numbers put, the watermark, the core's newest epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.put_numbers: list[int] = []
        self.upto = 0
        self.core_epoch = 0
        self.deleted_to = 0
        self._open()

    def teardown(self) -> None:
        """Close everything."""
        self.runner.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 20))
    def put(self, count: int) -> None:
        """Numbers go on where they stopped."""
        first = len(self.put_numbers) + 1
        texts = [event(first + index) for index in range(count)]
        assert self.runner.run(self.box.put_many("ops", texts)) == range(first, first + count)
        self.put_numbers += range(first, first + count)

    @rule(upto=st.integers(0, 120), newer=st.booleans())
    def ack(self, upto: int, newer: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Raise freely, lower only for a newer core, and never go beyond what was given out."""
        epoch = self.core_epoch + 1 if newer else self.core_epoch
        document = {"store": self.box.store, "epoch": epoch, "ops": {"upto": upto, "at": AT}}
        self.runner.run(self.box.ack(Ack.from_object(document)))
        self.core_epoch = epoch
        if upto <= len(self.put_numbers) and (upto > self.upto or newer):
            self.deleted_to = max(self.deleted_to, upto if upto > self.upto else 0)
            self.upto = upto

    @rule()
    def restart(self) -> None:
        """Nothing changes by a restart."""
        self.runner.run(self.stack.aclose())
        self._open()

    @invariant()
    def keeps_exactly_what_no_ack_has_covered(self) -> None:
        """Rows and watermark are the model's."""
        rows = self.runner.run(self.box.drain("ops", 0, 10_000))
        assert [row.seq for row in rows] == self.put_numbers[self.deleted_to :]
        assert all(data_of(row.text)["n"] == row.seq for row in rows)
        assert self.box.head("ops").upto == self.upto
        assert self.box.head("ops").bytes == sum(len(row.text.encode()) for row in rows)

    def _open(self) -> None:
        self.stack = AsyncExitStack()
        self.box: Outbox = self.runner.run(self._enter())

    async def _enter(self) -> Outbox:
        return await self.stack.enter_async_context(outbox(self.folder))


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
