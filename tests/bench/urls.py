"""The portal's addresses and the floor: a page of 3 KB with twenty rows for somebody who is signed in, and nothing else."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from portal.urls import urlpatterns as portal_patterns

_PAGE = engines["django"].from_string(
    "<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'><title>floor</title></head><body><p>{{ name }}</p><table>"
    "{% for row in rows %}<tr><td>{{ row.0 }}</td><td>{{ row.1 }}</td><td>株洲示范硬质合金股份有限公司</td><td>待初审</td></tr>{% endfor %}"
    "</table></body></html>"
)


def floor(request: HttpRequest) -> HttpResponse:
    """Session and person are looked up, a template is rendered: the least a page of somebody signed in can cost here."""
    rows = [(number, f"{number * 1234.5:,.2f} 万元") for number in range(20)]
    return HttpResponse(_PAGE.render({"name": str(request.user), "rows": rows}))


urlpatterns = [path("floor/", floor), *portal_patterns]
