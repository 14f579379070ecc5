selection-off-and-asked = { $table } is asked for, and deselected in the connection's metadata.
    .do = Ask for other tables, or select it there.
selection-below-hashed-ids = { $table } cannot be copied while the ids of { $parent } are hashed: its rows would hold those ids unhashed.
    .do = Deselect { $table }, or hash nothing that identifies { $parent }.
selection-no-table = There is no table { $name }.{ $near }
    .do = `chimpline tables` lists all tables.
selection-unusable = { $table }: { $reason }
    .do = { $reason }

# What cannot be chosen of a table, after a colon.
selection-columns-and-exclude = columns says what is chosen, and exclude what is not.
    .do = Keep one of the two.
selection-needed-or-hashed = { $path } cannot be left out: { $reason }.
    .do = Take it out; it can be hashed instead.
selection-needed = { $path } cannot be left out: { $reason }.
    .do = Take it out.
selection-not-hashable = { $path } cannot be hashed: { $reason }.
    .do = Take it out.
selection-hashed-and-left-out = { $path } is hashed and left out at once.
    .do = Keep one of the two.
selection-key-lacks = the key needs { $columns }: without it rows would overwrite each other.
    .do = Write key = { $whole }, or leave it out.
selection-key-twice = the key names a column twice.
    .do = Name it once.
selection-key-not-text = { $column } cannot be part of a key: it may be absent, and only text has a word for that.
    .do = Take it out, or choose a column of text.
selection-key-left-out = { $column } is part of the key and left out at once.
    .do = Keep one.
selection-no-members = { $column } is not an object whose members can be chosen.
    .do = Write { $column }. Members can be chosen of these only: { $open }.
selection-no-column = there is no column { $column }.{ $near }
    .do = `chimpline tables --columns { $table }` lists its columns.

# Why a column cannot be left out, after a colon.
required-key = it is part of the key
required-cursor = it is the replication key
required-ask = rows with { $ask } are asked for by it
required-member = it tells which rows an erased member leaves
required-news = it tells which { $collection } have news
required-plans = runs read it to plan what comes below, and to name views
required-extra = what fits no column is kept there
selection-rides-in-hidden = { $table } cannot be copied: its rows are the items of { $array } in { $host }, which is dropped or hashed there.
    .do = Deselect { $table }, or land { $array } as it is.
