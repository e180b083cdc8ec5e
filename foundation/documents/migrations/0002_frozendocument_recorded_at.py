import datetime as dt

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="frozendocument",
            name="recorded_at",
            field=models.DateTimeField(default=dt.datetime(2018, 1, 1, tzinfo=dt.UTC), verbose_name="记录时间"),
            preserve_default=False,
        )
    ]
