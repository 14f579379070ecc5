"""The landed data, for people: tables to look at, charts, and a statement of one's own.

reader     the process that reads: asked on standard input, for one page
reading    starts it, limits it, and ends it
tables     what there is, and which rows are shown
member     one member, with segments, campaigns and events
charts     what people ask of Mailchimp data
sheet      an answer as CSV
"""
