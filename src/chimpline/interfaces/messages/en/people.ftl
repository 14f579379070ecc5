# People and tokens.
person-name = { $name } cannot be the name of a person.
    .do = Use letters, digits and . _ @ + - only, a letter or digit first, at most 60.
person-is-the-last-admin = { $name } is the only admin, and somebody has to be one.
    .do = Make another person an admin first.
password-length = The password is too short or too long.
    .do = Choose one of { $least } to { $most } characters.
password-is-the-name = The password is the name.
    .do = Choose another one.
token-name = { $name } cannot be the name of a token.
    .do = Use letters, digits and . _ - only, a letter or digit first, at most 60.
token-name-taken = There is a token { $name } already.
    .do = Choose another name, or revoke that token first.
token-unknown = There is no token { $name }.
    .do = `chimpline tokens list` lists all tokens.
token-without-scope = The token would have no scope.
    .do = Name one or more of: { $scopes }.
