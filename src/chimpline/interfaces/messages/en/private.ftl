# Files and directories that must be this user's alone. What `elsewhere` says follows an "or".
elsewhere-state = name another state directory with --state-dir or CHIMPLINE_STATE_DIR
elsewhere-slots = name another directory with CHIMPLINE_SLOTS_DIR

private-directory-unusable = The directory { $path } cannot be used: { $reason }.
    .do = Make it accessible for this user, or { $elsewhere }.
private-directory-not-readable = The directory { $path } belongs to user { $owner }, and this is user { $user }, who may not read it.
    .do = Run chimpline as user { $owner }, or { $elsewhere }.
private-directory-of-another = The directory { $path } belongs to user { $owner }, and this is user { $user }: its owner could exchange keys and files in it.
    .do = Run chimpline as user { $owner } (without sudo), or { $elsewhere }.
private-directory-open = Other users may write to the directory { $path } (mode { $mode }), and could exchange keys and files in it.
    .do = Close it to them: chmod go-w { $path }; or { $elsewhere }.
private-file-of-another = The file { $path } belongs to user { $owner }, and this is user { $user }.
    .do = Find out who put it there. Then remove it, or { $elsewhere }.
private-file-is-link = The file { $path } is a link, and links are not followed here.
    .do = Find out who put it there. Then remove it, or { $elsewhere }.
private-not-a-file = There is something else than a file at { $path }.
    .do = Move it away, or { $elsewhere }.
