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
