from django.db import migrations, models


class Migration(migrations.Migration):
    """For whom a deputy drafted a notice, or who began a draft that was handed over (B.1 8)."""

    dependencies = [("cultivation", "0002_roster_life")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="drafted_for_id",
            field=models.BigIntegerField(null=True, blank=True, verbose_name="代谁拟稿或原拟稿人"),
        ),
    ]
