# Connections: their definitions, secrets and states, and what each may read.

# Tables that the last check of access found refused.
selected-tables-refused = { $count } of the selected tables cannot be copied, because Mailchimp refused { $count ->
        [one] it
       *[other] them
    } when access was last checked.{ $tables }
    .do = Remove { $count ->
        [one] it there. If it has
       *[other] them there. If they have
    } become readable since, by another role for example, check again: chimpline check { $connection }
table-refused = { $table }{ $at }: { $why }
