"""For developers: write the migration that brings the schema to the models: python -m cloud.platform.make_migration."""

import asyncio
import sys
import tempfile

from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from cloud.platform.database import APP, connection_of, orm_config


async def pending_changes() -> list[MigrationWriter]:
    """Return the migrations that the models need and that are not written yet."""
    with tempfile.TemporaryDirectory() as folder:
        config = orm_config(*connection_of(f"sqlite:///{folder}/empty.db"))
        async with TortoiseContext() as context:
            await context.init(config=config)
            if context.apps is None:
                raise RuntimeError("the models were not loaded")
            return await MigrationAutodetector(context.apps, config["apps"]).changes()


def main(words: list[str]) -> int:
    """Write the pending migration, named by the first word."""
    for writer in asyncio.run(pending_changes()):
        if words:
            number = int(writer.name.split("_", 1)[0]) if writer.name[0].isdigit() else 1
            writer.name = format_migration_name(number, words[0])
        sys.stdout.write(f"{APP}: {writer.write()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
