"""Lists of any length by pages: nobody leafs through millions, and counting them would take longer than showing one."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 10_000


class CappedPaginator(Paginator):
    """Count to MOST at most, and offer pages for so many. ``is_capped`` tells that there are more."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_capped(self) -> bool:
        return self._counted > MOST

    @cached_property
    def _counted(self) -> int:
        # Without an order, so that the database takes whichever index finds the rows.
        return self.object_list.order_by()[: MOST + 1].count()
