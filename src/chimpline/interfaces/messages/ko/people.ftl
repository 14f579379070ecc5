# 사용자와 토큰.
person-name = { $name }: 사용자 이름으로 쓸 수 없습니다.
    .do = 영문자, 숫자, . _ @ + - 만 사용하고, 영문자나 숫자로 시작해 60자 이내로 정하십시오.
person-is-the-last-admin = { $name } 사용자가 유일한 관리자이며, 관리자는 한 명 이상 있어야 합니다.
    .do = 먼저 다른 사용자를 관리자로 지정하십시오.
password-length = 비밀번호가 너무 짧거나 너무 깁니다.
    .do = { $least }자 이상 { $most }자 이하로 정하십시오.
password-is-the-name = 비밀번호가 이름과 같습니다.
    .do = 다른 비밀번호를 정하십시오.
token-name = { $name }: 토큰 이름으로 쓸 수 없습니다.
    .do = 영문자, 숫자, . _ - 만 사용하고, 영문자나 숫자로 시작해 60자 이내로 정하십시오.
token-name-taken = { $name } 토큰이 이미 있습니다.
    .do = 다른 이름을 정하거나 먼저 그 토큰을 폐기하십시오.
token-unknown = { $name } 토큰이 없습니다.
    .do = `chimpline tokens list`로 모든 토큰을 볼 수 있습니다.
token-without-scope = 토큰에 범위가 지정되지 않았습니다.
    .do = 다음 중 하나 이상을 지정하십시오: { $scopes }.
