extract-record-no-object = An answer for one record of { $table } is no object.
extract-answer-of-another-form = An answer for { $table } has another form: { $reason }.
extract-answer-not-whole = An answer is not whole JSON: { $reason }.
extract-nested-too-deeply = A record of { $table } is nested too deeply to be read.
