"""The admin site's lists at any length: their cost does not grow with the table.

* one order a list, the one that an index has; no column is sorted by a click
* pages of the first rows only, counted no further than that
* the search takes an id, or the start of a text whose column has an index
* an address narrows a list by foreign keys and by the list's own filters, nothing else; so neither
  a password nor a sealed column can be guessed letter by letter

Held by `tests/admin/test_at_length.py` at 100,000 rows on both databases.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CASCADE, CharField, Lookup, ManyToOneRel, Model, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join

M = TypeVar("M", bound=Model)

MOST_COUNTED = 2_000
"""Rows: a list of a million is not counted to say how many pages it has; the search narrows it."""
MOST_NEIGHBOURS = 100
"""Exports or connections whose rows a search by their name shows together."""
GLOB_SIGNS = re.compile(r"[*?\[]")
ID_OR_START = "An id, or how the text begins; upper and lower case differ"


@CharField.register_lookup
class Begins(Lookup[str]):
    """`name__begins`: a prefix as each database looks it up in an index. SQLite's LIKE cannot use
    one, its GLOB can (https://www.sqlite.org/optoverview.html#the_like_optimization); PostgreSQL's
    LIKE can, given one of `varchar_pattern_ops`."""

    lookup_name = "begins"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        left, values = self.process_lhs(compiler, connection)
        return f"{left} GLOB %s", [*values, GLOB_SIGNS.sub(r"[\g<0>]", str(self.rhs)) + "*"]

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        left, values = self.process_lhs(compiler, connection)
        return f"{left} LIKE %s", [*values, connection.ops.prep_for_like_query(str(self.rhs)) + "%"]


class ShortPaginator(Paginator[Any]):
    """Pages of the first rows only, so that a list costs the same however long it is."""

    @cached_property
    def count(self) -> int:
        return cast("QuerySet[Any]", self.object_list)[:MOST_COUNTED].count()


class ShortList(ChangeList):
    """Keeps the list's own order whatever the address asks, and says when there is more."""

    def __init__(self, request: HttpRequest, *settings: Any) -> None:
        super().__init__(request, *settings)
        if self.result_count >= MOST_COUNTED:
            self.title = f"{self.title} (the first {MOST_COUNTED:,}; search or narrow for others)"

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.params.pop("o", None)
        return cast("list[Any]", super().get_ordering(request, queryset))


class LongList(admin.ModelAdmin[M]):
    """The base of every list in the admin site."""

    paginator = ShortPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    list_per_page = 50
    search_help_text = ID_OR_START
    searched_id: ClassVar[str] = "pk"
    """The key that a search for an id looks at."""
    delete_first: ClassVar[tuple[str, ...]] = ()
    """Related rows that have to be deleted one by one before: each has its own way to go."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ShortList

    def lookup_allowed(  # type: ignore[override]  # a request is always there from Django 6 on
        self, lookup: str, value: str, request: HttpRequest
    ) -> bool:
        filters = {getattr(one, "parameter_name", one) for one in self.get_list_filter(request)}
        keys = {field.name for field in self.model._meta.fields if field.is_relation}
        first = lookup.split("__")[0]
        return first in filters | keys and super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """By id when it is one, else by the start of the searched columns."""
        text = self.searched(search_term.strip())
        if not text:
            return queryset, False
        key = _uuid(text)
        if key is not None:
            return queryset.filter(**{self.searched_id: key}), False
        ways = [self._way(name, text) for name in self.get_search_fields(request)]
        return queryset.filter(reduce(operator.or_, ways)), False

    def _way(self, name: str, text: str) -> Q:
        """A neighbour's text is looked up first: left to choose, SQLite reads the whole list in
        its order and asks each row for its neighbour."""
        key, _, column = name.partition("__")
        if not column:
            return Q(**{f"{name}__begins": text})
        neighbours: Any = self.model._meta.get_field(key).related_model
        found = neighbours._default_manager.filter(**{f"{column}__begins": text}).order_by()
        return Q(**{f"{key}__in": list(found.values_list("pk", flat=True)[:MOST_NEIGHBOURS])})

    def searched(self, text: str) -> str:
        """The text as the searched columns hold it."""
        return text

    def response_action(self, request: HttpRequest, queryset: QuerySet[M]) -> HttpResponse | None:
        """“All” in the list means all that were counted, so an action takes no more either."""
        if request.POST.get("select_across") == "1":
            first = list(queryset.values_list("pk", flat=True)[:MOST_COUNTED])
            queryset = queryset.filter(pk__in=first)
        return super().response_action(request, queryset)

    def get_deleted_objects(
        self, objs: QuerySet[M] | Sequence[M], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[Any], list[Any]]:
        """What goes with them, counted instead of loaded and listed."""
        rows = list(objs)
        may = all(self.has_delete_permission(request, row) for row in rows)
        counts = {self.opts.verbose_name_plural: len(rows)} | _hanging(self.model, rows)
        protected = [reason for row in rows for reason in self.delete_refusals(row)]
        needed = set() if may else {self.opts.verbose_name}
        return [str(row) for row in rows], cast("dict[str, int]", counts), needed, protected

    def delete_refusals(self, row: M) -> Iterable[str]:
        """Why the row may not be deleted now; one sentence each."""
        for name in self.delete_first:
            if getattr(row, name).exists():
                yield f"{name} of “{row}”: delete these first, each on its own page"

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    @admin.display(description="What belongs to it")
    def belongings(self, row: M) -> str:
        """Links to the other lists, narrowed to this row."""
        found = [
            relation
            for relation in self.model._meta.related_objects
            if self.admin_site.is_registered(cast("Any", relation.related_model))
        ]
        return format_html_join(
            " · ", '<a href="{}?{}={}">{}</a>', [_link(relation, row) for relation in found]
        )


class LookOnly(LongList[M]):
    """What the product itself keeps: to look at, not to add, change or remove."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """For actions: they change what the form may not, so looking is not enough."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _hanging(model: type[Model], rows: Sequence[Model]) -> dict[str, int]:
    """How many rows of each kind are deleted with these; no further than is worth counting."""
    counts = {}
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.on_delete is CASCADE:
            joined: Any = relation.related_model
            mine = joined._default_manager.filter(**{f"{relation.field.name}__in": rows})
            found = mine[:MOST_COUNTED].count()
            more = " (at least)" if found == MOST_COUNTED else ""
            counts[f"{joined._meta.verbose_name_plural}{more}"] = found
    return {name: count for name, count in counts.items() if count}


def _link(relation: Any, row: Model) -> tuple[str, str, object, str]:
    opts = relation.related_model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return address, f"{relation.field.name}__exact", row.pk, opts.verbose_name_plural
