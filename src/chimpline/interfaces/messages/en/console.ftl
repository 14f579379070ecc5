# The pages of the console.
nav-skip = Skip to the content
nav-pages = Pages
nav-overview = Overview
nav-connections = Connections
nav-destinations = Destinations
nav-pipelines = Pipelines
nav-runs = Runs
nav-data = Data
nav-settings = Settings
role-admin = admin
role-viewer = viewer
language-en = English
language-ko = 한국어
sign-in-title = Sign in
sign-in = Sign in
sign-out = Sign out
sign-in-nobody = Nobody has set a password yet. Open the link that chimpline printed in the terminal when it started.
sign-in-lost = Lost the password? On the machine where chimpline runs, stop the console and start it once so:
console-sign-in-refused = This name and password do not go together.
    .do = Try again.
console-sign-in-too-often = There were too many attempts.
    .do = Wait { $seconds } { $seconds ->
        [one] second
       *[other] seconds
    }, then try again.
field-name = Name
field-password = Password
field-new-password = Password (at least 10 characters)
field-password-again = The same password again
welcome-title = Set a password
welcome-why = You opened the link from the terminal. Choose the name and the password that you will sign in with, as an admin.
welcome-set = Set the password and sign in
welcome-over-title = This link is no longer good
welcome-over = It was used already, or is older than an hour. For a new one, on the machine where chimpline runs:
passwords-differ = The two passwords are not the same.
    .do = Type both again.
console-silent = The console does not answer. What is shown here may be out of date; the page goes on by itself as soon as the console answers.
failed-title = That did not work
to-overview = To the overview
console-forbidden = You may look at everything, and change nothing.
    .do = Ask an admin to do it, or to make you one.
console-form-refused = This form was sent from another page, or was open since before you last signed in.
    .do = Open the page again and repeat what you did.
console-form-invalid = Something in the form is missing or has the wrong form.
    .do = Go back and correct it.
console-no-such-page = There is no such page.
    .do = Choose a page from the menu.

# Numbers, ages and durations.
number = { $value }
span-days = { $count } days
span-hours = { $count } hours
span-minutes = { $count } { $count ->
    [one] minute
   *[other] minutes
}
span-seconds = { $count } { $count ->
    [one] second
   *[other] seconds
}

# States, the words of the glossary.
run-state-queued = queued
run-state-running = running
run-state-succeeded = succeeded
run-state-unproven = unproven
run-state-failed = failed
run-state-cancelled = cancelled
run-state-skipped = skipped
table-state-queued = queued
table-state-full-load = full load
table-state-changes = changes
table-state-done = done
table-state-unproven = unproven
table-state-failed = failed
table-state-refused = refused
table-state-not-available = not available
table-state-not-due = not due
run-not-due = last read

# Overview.
overview-needs = Needs you
overview-empty-title = Nothing is copied yet
overview-empty = Connect your Mailchimp account first. Then choose what is copied, and where to.
overview-empty-button = Connect an account
overview-age = Age of the data
overview-no-data = no complete copy yet
overview-next = Next run
overview-changed = Rows changed, last run
overview-never-ran = has not run yet
overview-watch = Watch it
need-see-run = See the run
need-see-settings = See the settings
need-edit-pipeline = See the pipeline
need-failed = A run of { $pipeline } failed, and none has succeeded since.
    .do = Its page says why, and what to do.
need-unproven = The last run of { $pipeline } could not prove that all tables are complete.
    .do = Its page names the tables. The next run reads them again.
need-offered =
    { $count ->
        [one] One more table
       *[other] { $count } more tables
    } can be copied by { $pipeline }, and none of them is copied by itself: { $tables }.
    .do = Copy them, or leave them: name the tables of the pipeline, and nothing more is offered. The log of the run that first said so has what each costs.
need-take-tables = Copy them too
last-runs = { $count ->
    [one] The last run
   *[other] The last { $count } runs, oldest first
}
run-now = Run now
run-again = Run again
see-data = See the data
strip-hint = Each square is a run, the newest on the right.
schedule-paused = paused
schedule-none = no schedule
schedule-every = every { $time }
interval-minutes = { $count } { $count ->
    [one] minute
   *[other] minutes
}
interval-hours = { $count } { $count ->
    [one] hour
   *[other] hours
}
interval-days = { $count } { $count ->
    [one] day
   *[other] days
}
interval-weeks = { $count } { $count ->
    [one] week
   *[other] weeks
}
schedule-set = Set one
schedule-next = Next runs
schedule-pause = Pause the schedule
schedule-resume = Resume the schedule
pipelines-none = There is no pipeline in the settings file yet.
pipeline-runs = Runs
pipeline-all-runs = All runs of this pipeline
column-pipeline = Pipeline
column-from = From
column-to = To
column-schedule = Schedule
column-last-run = Last run
column-run = Run
column-state = State
column-began = Began
column-lasted = Duration
column-rows-changed = Rows changed
column-requests = Requests
column-asked-by = Started by
column-table = Table
column-progress = Progress
column-read = Rows read
asked-by-schedule = the schedule, due at
asked-by-hand = a person or a program
filter = Show
runs-all = all pipelines
runs-none = There are no runs yet.
pager = Pages of runs
newer = Newer
older = Older
page-of = Page { $number } of { $pages }
run-title = Run { $run_id }
run-rows-read = Rows read
run-connections = Connections in use
run-connections-of = { $used } of { $most }
run-time-left = Time left
run-tables = Tables
run-cancel = Cancel the run

# The API.
api-no-token = No token was given, or it is wrong, revoked or expired.
    .do = Send `Authorization: Bearer TOKEN`; `chimpline tokens create` makes one.
api-scope = The token does not have the scope { $scope }.
    .do = Use a token that has it.
api-invalid = Something in the request is missing or has the wrong form.
    .do = See `errors`, and correct it.
api-no-such-address = There is nothing at this address.
    .do = See /api/v1/openapi.json for what there is.
api-wrong-method = That cannot be done at this address.
    .do = See /api/v1/openapi.json for what can.
