from django.db import migrations

CREATE = """
CREATE FUNCTION tidu_bigrams(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_agg(DISTINCT substr(words, place, 2)), '{}') FROM generate_series(1, char_length(words) - 1) place
$$
"""


class Migration(migrations.Migration):
    """Pairs of neighbouring characters, for indexes over Chinese names (``foundation.core.search``)."""

    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION tidu_bigrams(text)")]
