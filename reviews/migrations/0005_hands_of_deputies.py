from django.db import migrations, models


class Migration(migrations.Migration):
    """For whom a deputy gave a hand (B.1 8)."""

    dependencies = [("reviews", "0004_notice_days")]

    operations = [
        migrations.AddField(
            model_name="endorsement",
            name="acting_for_id",
            field=models.BigIntegerField(null=True, verbose_name="代谁", help_text="代行时，岗位本人的编号"),
        ),
    ]
