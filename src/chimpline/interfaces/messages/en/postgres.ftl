postgres-database = PostgreSQL database { $name } at { $host }
postgres-default-database = PostgreSQL database (default) at { $host }

postgres-no-driver = The driver for PostgreSQL is not installed.
    .do = Install it with: pip install 'chimpline[postgres]'.
postgres-keeps-name = PostgreSQL keeps the name { $name } for itself.
    .do = Choose another dataset name, such as mailchimp.
postgres-may-not-create = The user may not create tables in schema { $dataset } of { $database }.
    .do = Ask the database's owner for the right: GRANT CREATE ON DATABASE (for a new schema), or GRANT CREATE, USAGE ON SCHEMA (for one that exists).
postgres-encoding = { $database } stores text as { $encoding }, which cannot hold every name.
    .do = Create a database with ENCODING 'UTF8' and name it in the URL.
postgres-dataset-of-another-case = { $database } has a dataset { $there }, and { $dataset } is another name to PostgreSQL, though only its case differs.
    .do = Write the name as it is there ({ $there }), or choose one that differs in more than its case.
postgres-closed = The connection to { $database } is closed.
    .do = Open it again.

# Who holds a dataset.
postgres-dataset-held = The dataset { $dataset } of { $database } is held by { $holder }.
    .do = Wait until it ends, or stop it there. Of a machine that is gone the server lets go within two minutes.
postgres-another-session = another session
postgres-holder = { $name }, connected{ $place }{ $when }
postgres-holder-from = {" "}from { $address }
postgres-holder-since = {" "}since { $since } UTC

# Tables that cannot be read and written as they are.
postgres-table-not-granted = The user { $user } may not read and write the table { $table }.
    .do = Let its owner, { $owner }, run: GRANT SELECT, INSERT, UPDATE, DELETE ON { $quoted } TO { $grantee }. Then run again.
postgres-row-level-security = Row-level security hides rows of the table { $table } from the user { $user }, so that a copy could not be told from a part of one.
    .do = Let its owner, { $owner }, run: ALTER TABLE { $quoted } DISABLE ROW LEVEL SECURITY, or give the user BYPASSRLS. Then run again.
postgres-table-has-heirs = Tables of yours inherit from the table { $table }, so that reading it would also return their rows: { $heirs }.
    .do = Run ALTER TABLE { $first } NO INHERIT { $quoted }. Then run again.

# What the server refuses.
postgres-login-refused = { $database } refused the connection ({ $said }).
    .do = See that the user may log in there, and give the password as CHIMPLINE_DESTINATION_PASSWORD, PGPASSWORD or in ~/.pgpass; or store it for a destination of the settings: chimpline destination NAME.
postgres-no-database = { $database } refused the connection ({ $said }).
    .do = Create the database (createdb), or correct its name in the URL.
postgres-no-connection = { $database } refused the connection ({ $said }).
    .do = See that the server is running and that host and port in the URL are right.
postgres-went-away = { $database } went away ({ $said }).
    .do = See that the server is in order, and run again.
postgres-not-granted = { $database } does not let this user do that ({ $said }).
    .do = Let the owner grant CREATE on the database, or on the schema and its tables.
postgres-takes-no-writes = { $database } takes no writes ({ $said }).
    .do = Name the primary server in the URL, not a standby.
postgres-full = { $database } has no room left ({ $said }).
    .do = Free some space there, and run again.
postgres-ended-session = { $database } ended an idle session ({ $said }).
    .do = See that the server is in order, and run again.
postgres-session-in-the-way = Another session is in the way in { $database } ({ $said }).
    .do = Run again once it is done.
postgres-something-depends = Something of yours in { $database } depends on what must be replaced ({ $said }).
    .do = Drop it, run again, and then create it again.
