# What was kept. Every error names one of these, or its class does.
kept-nothing-touched = Nothing was read or changed.
kept-nothing-changed = Nothing was changed.
kept-file = The file was not changed.
kept-object = That { $type } was not changed. The other tables are copied.
kept-committed = Everything that was saved before stays. The next run continues from there.
kept-before = Everything that was saved before stays.
kept-committed-and-log = Everything that was saved before stays. The next run continues from there. What went wrong is in { $log }, without secrets.
kept-typed = What was typed is kept; a token that was there before stays in use.
kept-typed-without-secret = What was typed is kept, without the secret that was refused. A secret and a token that worked before are still there.
kept-typed-and-open = What was typed is kept, and the sign-in stays open until { $until } UTC, an hour after it began.
kept-unsaved-connection = Nothing was saved; connection { $connection } is as it was.
kept-table = The table was left as it is. The other tables are copied.
kept-dataset = The dataset was not changed.
kept-it = It was not changed.
kept-undeleted = It was not deleted.
kept-unused = It was not used.
kept-connection = The connection is as it was.
kept-sealed = Secrets stay as they are, sealed.
kept-control = It was not changed. The settings file and your data are not in it.
kept-but-uncommitted = What was not yet committed there is undone.
kept-discovery = What was found before is kept. No table was changed.
kept-settings-file = The settings file was not changed.

# What to do, where the kind of an error says nothing of its own.
do-is-retried = It is retried.
do-run-again-skips-deleted = Run again; records that were deleted are skipped.
do-run-again-or-leave-out = Run again; if it comes back, report it with the log of this run. Until then the table can be left out.
do-report = Please report it with the log of this run.

# Parts of messages.
did-you-mean = {" "}Did you mean { $name }?
unknown-table = There is no table { $name }.{ $near }
    .do = `chimpline tables` lists all tables.
