from django.db import migrations

from foundation.journal import sql


class Migration(migrations.Migration):
    """Triggers that refuse UPDATE and DELETE on the journal's tables."""

    dependencies = [("journal", "0001_initial")]

    operations = [migrations.RunSQL(sql.create_statements(), sql.drop_statements())]
