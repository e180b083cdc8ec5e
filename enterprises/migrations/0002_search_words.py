import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

import foundation.core.search


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_api_tokens"),
        ("core", "0002_bigrams"),
        ("documents", "0001_initial"),
        ("enterprises", "0001_initial"),
        ("reference", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="enterprise", name="enterprise_name_trgm"),
        migrations.RemoveIndex(model_name="enterprise", name="enterprise_pinyin_trgm"),
        migrations.RemoveIndex(model_name="enterprise", name="enterprise_uscc_trgm"),
        migrations.AddIndex(
            model_name="enterprise",
            index=django.contrib.postgres.indexes.GinIndex(
                foundation.core.search.Bigrams(
                    django.db.models.functions.text.Lower(
                        django.db.models.functions.text.Concat(
                            "name_normal",
                            models.Value(" "),
                            "pinyin",
                            models.Value(" "),
                            "uscc",
                            output_field=models.TextField(),
                        )
                    )
                ),
                name="enterprise_words",
            ),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["region", "pinyin", "id"], name="enterprise_in_order"),
        ),
        migrations.AddIndex(
            model_name="enterprise",
            index=models.Index(fields=["legal_representative"], name="enterprise_by_representative"),
        ),
        migrations.AddIndex(
            model_name="enterprisename",
            index=django.contrib.postgres.indexes.GinIndex(
                foundation.core.search.Bigrams(django.db.models.functions.text.Lower("name")),
                name="enterprise_earlier_words",
            ),
        ),
    ]
