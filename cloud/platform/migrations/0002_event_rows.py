from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor

#: The key of `event` is given by the program. SQLite needs the word INTEGER to make it the row's own address, and
#: without AUTOINCREMENT it does not write a second table at every insert.
KEY_TYPES = {"sqlite": "INTEGER", "postgres": "BIGINT"}


async def plain_event_table(apps: object, editor: BaseSchemaEditor) -> None:
    """Replace the ORM's table by one whose key costs nothing."""
    del apps
    key = KEY_TYPES[editor.DIALECT]
    await editor.client.execute_query('DROP TABLE "event"')
    await editor.client.execute_query(
        f'CREATE TABLE "event" ("id" {key} NOT NULL PRIMARY KEY, "received_ms" BIGINT NOT NULL,'
        ' "flags" SMALLINT NOT NULL, "text" TEXT NOT NULL)'
    )


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0001_initial")]

    operations = [ops.RunPython(plain_event_table, ops.RunPython.noop)]
