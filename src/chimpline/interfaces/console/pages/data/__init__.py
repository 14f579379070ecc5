"""The pages of the landed data: tables, rows and members, charts, a statement of one's own."""

from chimpline.interfaces.console.pages.data import charts, sql, tables

routers = (tables.router, charts.router, sql.router)
