# Where a destination is.
url-refused = The destination cannot be used: { $reason }.
    .do = Write { $urls }.
url-of-no-kind = The destination cannot be used: no kind of destination has URLs of the form { $scheme }:...
    .do = Write { $urls }.
url-holds-password = The destination cannot be used: its URL holds a password.
    .do = Take it out. Give it as CHIMPLINE_DESTINATION_PASSWORD or PGPASSWORD in the environment, in ~/.pgpass, or by a service of pg_service.conf (?service=name); or store it with a name for the destination: chimpline destination NAME. If it was typed in a shell or shared, change it.
dataset-names-no-schema = The dataset name { $name } cannot name a schema.
    .do = Choose a name of 1 to { $most } bytes, such as mailchimp.

# Why a URL names no destination, after a colon.
url-is-none = it is not a URL
url-names-no-file = it names no file
url-holds-marks = it holds a '?' or '#', which in a file's name are %3F and %23
url-of-two-servers = it can be read as the address of two servers; a '#' is written %23, and in the name of a user '@' is %40 and '?' is %3F
url-writes-keys = it lets a file of keys be written (sslkeylogfile)

# Any database.
load-opened-for-reading = The destination was opened for reading only.
    .do = Open it for writing.
load-statement-refused = { $database } refused a statement ({ $said }).
    .do = If you added something to the dataset (a constraint, a trigger, a view, a column), remove it and run again; if not, please report this with the log of this run.
load-newer-ledger = The dataset was written by a newer chimpline (ledger format { $found }; this one knows { $known }).
    .do = Upgrade chimpline, or choose another dataset.
load-dataset-of-another-account = The dataset belongs to the Mailchimp account { $theirs } ({ $their_id }), and this run is for { $ours } ({ $our_id }).
    .do = Choose another dataset for this account, or the connection of that one.

# What people put on a table.
load-rows-fell = Of { $wanted } rows for the table { $table }, { $lost } were not written. These objects of yours act on every write to it: { $standing }.
    .do = Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. Do their work in a table or view of your own instead.
load-rows-fell-unexplained = Of { $wanted } rows for the table { $table }, { $lost } were not written. Objects of yours act on every write to it; which these are is not known.
    .do = Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. Do their work in a table or view of your own instead.
load-rows-refused = The table { $table } refused rows: { $said }. These objects of yours act on every write to it: { $standing }.
    .do = Drop the one that refuses the rows, and run again. Do its work in a table or view of your own instead.
load-rows-went = The table { $table } has { $found } rows after a write that leaves { $left }. These objects of yours act on every write to it: { $standing }.
    .do = Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. Do their work in a table or view of your own instead.
load-table-hindered = { $cause }
    .do = { $cause }
load-table-not-ours = The dataset has a { $type } { $table } that chimpline did not make.
    .do = Rename that { $type }, or choose another dataset.
load-table-not-ours-and-moved = The dataset has a { $type } { $table } that chimpline did not make. The table of that name is called { $moved } now.
    .do = Rename that { $type }, or choose another dataset.
load-column-in-use = The column { $column } of { $table } has to become { $type }, but these objects of yours use the table: { $users }.
    .do = Drop them, run again, and then create them again.
load-change-stopped = The table { $table } has to { $must }, which the database refuses: { $said }. These objects of yours depend on the table or act on it: { $standing }.
    .do = Drop them, run again, and then create them again.
load-change-refused = The table { $table } has to { $must }, which the database refuses: { $said }.
    .do = Undo what was changed there, and run again.
load-change-failed = The table { $table } has to { $must }, which the database refuses: { $said }.
    .do = { $cause }

# What a table "has to".
must-be-given-column = be given a column
must-be-renamed = be renamed
must-have-column-changed = have its column { $column } changed
must-have-column-altered = have its column { $column } changed ({ $how })
must-have-column-back = have its column { $column } back
must-have-key-filled = have its key filled
must-have-rows-once = have each row once
must-have-primary-key-back = have its primary key back
must-have-index-back = have its index back

# The ledger.
load-older-ledger = The dataset's ledger has to be converted to format { $format } first. { $cause }
    .do = { $cause } If this user lacks rights, start one run as the user who owns chimpline's tables.

# What a new version, or the user's choice, changed of a table: clauses.
table-created = created table { $table }
table-put-aside = renamed table { $table } to { $aside }, since { $why }; it is read again{ $reading }
column-added = added column { $column } to { $table }
column-changed = changed column { $column } of { $table } to { $type }
column-put-aside = renamed column { $column } of { $table } to { $aside } and added { $column } as { $type }

# What was put right after people had changed a table.
table-moved = The table { $table } was not there any more: it is called { $moved } now. It was made anew and is read again.{ $reading }
table-dropped = The table { $table } was not there any more: somebody dropped or renamed it. It was made anew and is read again.
table-spoilt = The rows of { $table } cannot be told apart, since { $why }. The table was renamed to { $aside }, with all its rows, and is made anew and read again.{ $reading }
table-still-used = {" "}chimpline no longer updates { $aside }, but these still use it: { $users }.
spoilt-key-column = the key column { $column } is not there any more
spoilt-key = its key changed
spoilt-values = the values of { $column } are not all { $type }
column-added-again = The column { $column } of { $table } was not there any more. It was added again, and the table is read again to fill it.
column-changed-back = The column { $column } of { $table } had been changed to { $reported }. It is { $wanted } again, and the table is read again.
column-misfit = The column { $column } of { $table } had been changed to { $reported }, and its values do not fit { $wanted } any more. It is called { $aside } now; { $column } was added anew, and the table is read again to fill it.
column-renamed-back = The column { $column } of { $table } had been renamed to { $now }. It is called { $column } again; its values stayed.
columns-exchanged = Columns of { $table } were dropped and added again, or exchanged their names. The table is read again to fill them.
column-filled-by-database = The column { $column } of { $table } was filled by the database itself. It takes Mailchimp's values again, and the table is read again.
column-not-null = The column { $column } of { $table } was made NOT NULL by somebody. It may be empty again, since Mailchimp may send nothing for it; no row was changed.
column-not-null-of-others = The column { $column } of { $table } was made NOT NULL by somebody. It may be empty again, since chimpline has no value for it; no row was changed.
column-not-null-again = The column { $column } of { $table } could be empty, since its NOT NULL had been dropped. It is there again.
rows-without-key = { $count ->
    [one] 1 row of { $table } without a key, which Mailchimp cannot have sent, was
   *[other] { $count } rows of { $table } without a key, which Mailchimp cannot have sent, were
} removed. The table is read again.
rows-twice = { $count ->
    [one] 1 row of { $table } was
   *[other] { $count } rows of { $table } were
} there twice, which chimpline never writes. One of each was left.
rows-twice-unlike = { rows-twice } Since they were not alike, the table is read again.
primary-key-again = The primary key of { $table } was not there any more. It was made again.
index-again = The index of { $table } was not there any more. It was made again.
rows-removed-by-others = { $count ->
    [one] 1 row of { $table } was
   *[other] { $count } rows of { $table } were
} removed by somebody else since chimpline wrote it last. The table is read again.
rows-added-by-others = { $count ->
    [one] 1 row was
   *[other] { $count } rows were
} added to { $table } by somebody else since chimpline wrote it last. The table is read again; rows that Mailchimp does not have are marked, removed or left, as the setting deletes says.

# The same of tables that a history is kept in: Mailchimp knows nothing of the past, so nothing is read again.
past-moved = The history { $table } was not there any more: it is called { $moved } now. A new one was made, and begins with this run.{ $reading }
past-dropped = The history { $table } was not there any more: somebody dropped or renamed it. A new one was made, and begins with this run.
past-spoilt = The rows of the history { $table } cannot be told apart, since { $why }. It was renamed to { $aside }, with all its rows. A new one was made, and begins with this run.{ $reading }
past-column-added-again = The column { $column } of the history { $table } was not there any more. It was added again, and is empty in the rows that are there.
past-column-changed-back = The column { $column } of the history { $table } had been changed to { $reported }. It is { $wanted } again.
past-column-misfit = The column { $column } of the history { $table } had been changed to { $reported }, and its values do not fit { $wanted } any more. It is called { $aside } now; { $column } was added anew, and is empty in the rows that are there.
past-columns-exchanged = Columns of the history { $table } were dropped and added again, or exchanged their names. The rows that are there were left as they are.
past-column-filled-by-database = The column { $column } of the history { $table } was filled by the database itself. It takes Mailchimp's values again; the rows that are there were left as they are.
past-rows-without-key = { $count ->
    [one] 1 row of the history { $table } without a key was
   *[other] { $count } rows of the history { $table } without a key were
} removed, since chimpline never writes such rows.
past-rows-twice-unlike = { rows-twice } They were not alike, and chimpline cannot tell which of them was right.
past-rows-removed-by-others = { $count ->
    [one] 1 row of the history { $table } was
   *[other] { $count } rows of the history { $table } were
} removed by somebody else since chimpline wrote it last. They do not come back.
past-rows-added-by-others = { $count ->
    [one] 1 row was
   *[other] { $count } rows were
} added to the history { $table } by somebody else since chimpline wrote it last. chimpline cannot check them, since Mailchimp does not tell the past.

# Views of audiences.
view-called-otherwise = The dataset already has a table or view named { $theirs } that is not chimpline's, so the audience view is called { $view }.
view-stays-in-use = All rows were copied, but the view { $view } could not be { $act }, because your own views use it: { $users }. { view-is-now } Drop them, run again, and then create them again.
view-stays = All rows were copied, but the view { $view } could not be { $act }. { view-is-now } { $cause }
view-is-now = { $act ->
    [replaced] It stays as it was.
    [created] It does not exist yet.
   *[dropped] It stays, and is empty.
}
