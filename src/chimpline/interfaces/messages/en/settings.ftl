# Settings: where they are, what they must look like, and which of them are meant.

-ways-to-give-a-secret = put it into the environment (CHIMPLINE_API_KEY or CHIMPLINE_ACCESS_TOKEN; for one connection of several CHIMPLINE_CONNECTIONS__<NAME>__API_KEY), pipe it in with --api-key-stdin or --access-token-stdin, or type it when asked

# Where a value stands.
at-place = {" "}({ $place })
place-line = { $file }, line { $line }
place-file = { $file }
place-variable = environment variable { $variable }
place-option = { $option }
place-of-connection = { $setting } of connection { $connection }

# The settings file.
settings-file-missing = There is no settings file { $path }.
    .do = Name another with --settings, or write one with `chimpline init`.
settings-file-unreadable = The settings file { $path } cannot be read: { $reason }.
    .do = Make it readable, or name another with --settings.
settings-file-not-utf8 = The settings file { $path } cannot be read: it is not UTF-8 text.
    .do = Make it readable, or name another with --settings.
settings-file-no-file = The settings file { $path } cannot be read: it is no file.
    .do = Make it readable, or name another with --settings.
settings-file-too-large = The settings file { $path } cannot be read: it is larger than { $largest } bytes.
    .do = Make it readable, or name another with --settings.
settings-not-toml = { $file } is not valid TOML: { $reason }.
    .do = Mend that line: text stands in quotes, as in start_date = "01/31/2020".
settings-too-deep = { $file } is nested more than { $deepest } levels deep, which no setting is.
    .do = Write it anew: `chimpline init` shows what settings there are.
settings-hold-secret = { $setting }{ $at } contains a secret, which is not allowed in a settings file.
    .do = Take it out, and { -ways-to-give-a-secret }. If the file was shared, make a new key.
settings-hold-secret-of-destination = { $setting }{ $at } contains a secret, which is not allowed in a settings file.
    .do = Take it out, and store it: chimpline destination { $destination }. If the file was shared, change it.

# The environment.
variable-not-utf8 = The environment variable { $variable } is not UTF-8 text.
    .do = Set it again, in a terminal whose locale is UTF-8 (LC_ALL=C.UTF-8, say).
variable-misspelt = The environment variable { $variable } is not a setting. Did you mean { $meant }?
    .do = Rename it, or unset it.
variable-names-no-setting = The environment variable { $variable } names no setting.{ $near }
    .do = Write it as CHIMPLINE_CONNECTIONS__<NAME>__<SETTING>, CHIMPLINE_DESTINATIONS__<NAME>__<SETTING> or CHIMPLINE_PIPELINES__<NAME>__<SETTING>.
variable-unknown-field = The environment variable { $variable } is not a setting: a { $section ->
        [connections] connection
        [destinations] destination
       *[pipelines] pipeline
    } has no { $field }.{ $near }
    .do = Rename it, or unset it. `chimpline init` writes a file that lists all settings.

# Which pipeline, which connection.
pipelines-several = There are { $count } pipelines: { $names }.
    .do = Name one: `chimpline run { $first }`.
pipeline-unknown = There is no pipeline { $name } in { $file }.{ $near }
    .do = There are: { $names }. Name one of them, or write [pipelines.<name>] into the settings file.
pipeline-unknown-none-there = There is no pipeline { $name } in { $file }.
    .do = Leave the name out, or write one with `chimpline init`.
pipeline-unknown-without-file = There is no pipeline { $name } (no settings file).{ $near }
    .do = There are: { $names }. Name one of them, or write [pipelines.<name>] into the settings file.
pipeline-unknown-none-there-without-file = There is no pipeline { $name } (no settings file).
    .do = Leave the name out, or write one with `chimpline init`.
connection-unknown-by-option = There is no connection { $name } (option --connection).{ $near }
    .do = There are: { $names }. Name one of them, or write [connections.{ $plain }] into the settings file.
connection-unknown-by-pipeline = There is no connection { $name }, which pipeline { $pipeline } names{ $at }.{ $near }
    .do = There are: { $names }. Name one of them, or write [connections.{ $plain }] into the settings file.
pipeline-names-no-connection = Pipeline { $pipeline } names no connection, and there are { $count }: { $names }.
    .do = Write connection = "{ $first }" under [pipelines.{ $pipeline }].

# What is wrong with a setting.
settings-several = { $count } settings are not right.{ $problems }
    .do = { $problems }
setting-unknown-section = { $setting }{ $at } is not a section of a settings file.{ $near }
    .do = Settings are under [connections.<name>], [destinations.<name>] or [pipelines.<name>].
setting-unknown = { $setting }{ $at } is not a setting of a { $section ->
        [connections] connection
       *[pipelines] pipeline
    }.{ $near }
    .do = Correct it, or take it out. A { $section ->
        [connections] connection
       *[pipelines] pipeline
    } has: { $known }.
setting-belongs-elsewhere = {" "}It belongs under [{ $section }.<name>].
setting-name-wrong = { $name } (in { $file }) cannot be the name of { $section ->
        [alerts] an alert
        [connections] a connection
        [destinations] a destination
       *[pipelines] a pipeline
    }.
    .do = Use letters, digits, - and _ for names.
setting-no-section = { $path }{ $at } is not a section.
    .do = Write it as [{ $section }.{ $name }], with its settings on the lines below.
setting-holds-password = { $setting }{ $at } contains a password, which is not allowed in an address.
    .do = Take it out. If it was typed in a shell or shared, change it.
setting-holds-password-of-destination = { $setting }{ $at } contains a password, which is not allowed in an address.
    .do = { $cause }
setting-unknown-table = There is no table { $name }.{ $near } It was asked for by { $setting }{ $at }.
    .do = Correct the name; `chimpline tables` lists all tables.
setting-wrong = { $setting }{ $value }{ $at } is not right: { $reason }
    .do = Write { $setting } as { $form }.
setting-console-no-section = console{ $at } is not a section.
    .do = Write [console], its settings on lines below.
setting-console-unknown = { $setting }{ $at } is not a setting of the console.{ $near }
    .do = Correct it, or take it out. There are: { $known }.
setting-alert-address = { $setting }{ $at } of an alert is a secret, which is not allowed in a settings file.
    .do = Take it out, and enter it in the console: Settings, Alerts.
setting-alert-unknown = { $setting }{ $at } is not a setting of an alert.{ $near }
    .do = Correct it, or take it out. An alert has: { $known }.
metadata-name-wrong = { $name }{ $at } cannot be the name of a connection.
    .do = Correct the name.
metadata-no-section = { $path }{ $at } is not a section.
    .do = Write it as [metadata.{ $connection }.{ $table }], with its choices on the lines below.
metadata-unknown-option = { $option }{ $at } is not a choice of a table's metadata.{ $near }
    .do = Correct it, or take it out. There are: { $known }.
metadata-wrong = { $option } of { $table }{ $value }{ $at } is not right: { $reason }
    .do = Write { $option } as { $form }.
metadata-unusable = { $table }, { $option }{ $at }: { $reason }
    .do = { $reason }
metadata-unknown-table = There is no table { $name }.{ $near } Its metadata was given{ $at }.
    .do = Correct the name; `chimpline tables` lists all tables.

# The wrong value.
setting-value = {" "}{ $value }
setting-value-hidden = {" "}(not shown, since it looks like a secret)

# Why a value is not right.
reason-not-whole = it is not a whole number.
reason-not-true-or-false = it is neither true nor false.
reason-wrong-type = it is of the wrong type.
reason-most = the most is { $most }.
reason-least = the least is { $least }.
reason-none-of = it is none of { $known }.{ $near }
reason-too-long = it is longer than { $longest }.
reason-holds-space = it holds a space.
reason-wrong-form = it has the wrong form.
reason-by-pydantic = { $reason }.
reason-not-a-date = it is not a date.
reason-in-the-future = it lies in the future.
reason-too-early = the earliest is { $earliest }.
reason-no-such-month = there is no month { $month }.
reason-no-such-day = there is no such day in { $month }.
reason-not-a-server = it is not the address of a server.
reason-holds-user = it holds a user or a password.
reason-half-an-address = its host is not a whole IP address.
reason-wrong-port = its port is not a number from 1 to 65535.
reason-more-than-a-path = it holds more than a host and a path.
reason-names-no-table = it names no table.
reason-holds-password = { $cause }
reason-url-refused = { $reason }.
reason-unknown-kind = there is no destination of the kind { $kind }.{ $near }

# The right form of a setting.
form-auth = "api_key" or "oauth"
form-client-id = the digits that Mailchimp shows beside your app, in quotes: "123456789012"
form-start-date = a date from { $earliest } to today, as MM/DD/YYYY or YYYY-MM-DD: "01/31/2020"; leave it out for everything
form-window = a whole number of days from 0 to 36500; 0 is for all
form-true-or-false = true or false
form-connections = a whole number from 1 to { $most }
form-gateway = "none"
form-api-root = an address that ends in the version: "https://us19.api.mailchimp.com/3.0"
form-login-root = an address: "{ $usual }"
form-redirect-uri = an address without ? and #: "{ $usual }"
form-url = { $urls }
form-kind = { $kinds }
form-dataset = letters, digits and underscores, a letter first, at most 63: "my_data"
form-connection = the name of a connection of this file
form-destination = { $urls }, or as the name of a destination of this file
form-tables = "all", "default", or names of tables: ["lists", "list_members"], or lists,list_members outside this file; `chimpline tables` lists them
form-deletes = "mark", "remove" or "ignore"
form-lookback = a whole number of minutes from 0 to 10080
form-segment-members = "when changed" or "every run"
form-complete-read = a whole number of days from 1 to 3650
form-pages-in-memory = a whole number of megabytes from 8 to 65536
form-schedule = "every 15 minutes", from 1 minute to 1 day; or a cron expression of five fields: "0 6 * * *"
form-time-zone = the IANA name of a time zone: "Asia/Seoul"
form-schedule-start = a date, or a date and a time: "2026-12-31 06:00"
form-columns = names of columns: { $example }

# Destinations of the settings.
destination-unknown = There is no destination { $name }{ $at }.{ $near }
    .do = There are: { $names }. Name one, write [destinations.{ $plain }] into the settings file, or give a URL: { $urls }.
destination-unknown-none-there = There is no destination { $name }{ $at }.
    .do = Name one, write [destinations.{ $plain }] into the settings file, or give a URL: { $urls }.
destination-url-and-parts = Destination { $name }{ $at } has a url, and { $parts } beside it.
    .do = Keep the url alone under [destinations.{ $name }], or take it out and write the parts.
destination-without-url = Destination { $name }{ $at } has neither a url nor a kind.
    .do = Write one of them under [destinations.{ $name }]: url as { $urls }, or kind as { $kinds }.
destination-unknown-kind = kind{ $at } of destination { $name } is not right: there is no destination of the kind { $kind }.{ $near }
    .do = Write kind as { $kinds }.
destination-unknown-setting = { $setting }{ $at } is not a setting of a { $kind } destination.{ $near }
    .do = Correct it, or take it out. There are: { $known }, dataset.
destination-wrong-setting = { $setting }{ $at } of destination { $name } is not right.
    .do = Write { $setting } as { $form }.
destination-lacks-setting = Destination { $name }{ $at } has no { $setting }.
    .do = Write it under [destinations.{ $name }]: { $form }.
destination-is-a-url = A password is stored by the name of its destination, and this is a URL.
    .do = Write the URL under [destinations.NAME] into the settings file, let the pipeline say destination = "NAME", and store it: chimpline destination NAME.
destination-needs-no-password = Destination { $name } is of the kind { $kind }, which needs no password.
    .do = Check whether it can be written: chimpline check --destination { $name }

# A secret that is needed, or given.
secret-missing = No { $secret ->
        [api_key] API key
       *[access_token] access token
    } is given for connection { $connection }.
    .do = Take one from Mailchimp (Profile, Extras, API keys), and { -ways-to-give-a-secret }. Or sign in once, and it is kept: chimpline connect { $connection }
secrets-both-given = Both an API key and an access token are given in the environment.
    .do = Unset one of them, or choose with --auth ("api_key" or "oauth").
secret-wrong-form = The { $secret ->
        [api_key] API key
       *[access_token] access token
    } is empty, or holds spaces or letters that no { $secret ->
        [api_key] API key
       *[access_token] access token
    } has.
    .do = Copy it again from Mailchimp, and { -ways-to-give-a-secret }.

# Changes of the settings file.
settings-not-editable = [{ $section }] is written in a way that cannot be edited safely.
    .do = Write it as a section of its own, one setting a line; or edit it by hand.
settings-file-unchangeable = The settings file { $path } cannot be changed: { $reason }.
    .do = Make it and its directory writable, or name another with --settings.
settings-file-unchangeable-not-utf8 = The settings file { $path } cannot be changed: it is not UTF-8 text.
    .do = Make it and its directory writable, or name another with --settings.
settings-file-not-toml = The settings file { $path } is not valid TOML, or too deeply nested.
    .do = Mend it in an editor; `chimpline run --dry-run` names the line.
state-directory-unwritable = The state directory { $path } cannot be written: { $reason }.
    .do = Make it writable and see that its disk has room, or name another with --state-dir or CHIMPLINE_STATE_DIR.
settings-take-no-secret = { $secret } is a secret, and a settings file never holds one.
    .do = Give it to chimpline connect, which asks for it and puts it away sealed.
export-wrong = { $file } is no export of one connection's metadata.
    .do = `chimpline discover { $connection } --export FILE` writes one.
reason-schedule-minutes-out-of-range = it is shorter than a minute or longer than a day.
reason-schedule-not-understood = it is neither every N minutes nor a cron expression.
reason-schedule-never-due = it is on no day of the coming years.
reason-time-zone-unknown = there is no time zone of that name.
reason-no-moment = it is not a date and a time.
reason-moment-with-zone = its time zone is a setting of its own: time_zone.
reason-interval-not-understood = it is no number of minutes, hours, days or weeks.
reason-interval-out-of-range = it is shorter than a minute or longer than 365 days.
form-history = "versions" or "daily"
history-of-events = events never change, so the table is its own history.
    .do = Take history out.
history-daily-of-people = it has a row for each person, or for much that a person did, and would have all of them again each day.
    .do = Write "versions", which keeps a row for each change only.
form-every = "1 day": a number of minutes, hours, days or weeks, at most 365 days; or "every run"
reason-schedule-start-not-understood = the start is not a date and a time.
form-data-dir = the path of a folder: "data"
form-fresh-within = "6 hours": a number of minutes, hours, days or weeks, from 1 minute to 365 days
form-alert-kinds = names of kinds: ["failure", "recovery"]; there are { $kinds }
form-alert-pipelines = names of pipelines of this file: ["daily"]
form-keep-runs = a whole number of runs from 10 to 100000
