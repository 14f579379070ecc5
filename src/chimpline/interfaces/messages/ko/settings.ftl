# 설정: 위치, 형식, 어느 것인지.

-ways-to-give-a-secret = 환경 변수(CHIMPLINE_API_KEY 또는 CHIMPLINE_ACCESS_TOKEN, 여러 연결 중 하나라면 CHIMPLINE_CONNECTIONS__<NAME>__API_KEY)에 넣거나, --api-key-stdin 또는 --access-token-stdin으로 전달하거나, 물어볼 때 입력하십시오

# 값의 위치.
at-place = ({ $place })
place-line = { $file }, { $line }행
place-file = { $file }
place-variable = 환경 변수 { $variable }
place-option = { $option }
place-of-connection = { $connection } 연결의 { $setting }

# 설정 파일.
settings-file-missing = 설정 파일 { $path }이(가) 없습니다.
    .do = --settings로 다른 파일을 지정하거나 `chimpline init`으로 만드십시오.
settings-file-unreadable = 설정 파일 { $path }을(를) 읽을 수 없습니다: { $reason }.
    .do = 읽을 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-file-not-utf8 = 설정 파일 { $path }을(를) 읽을 수 없습니다. UTF-8 텍스트가 아닙니다.
    .do = 읽을 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-file-no-file = 설정 파일 { $path }을(를) 읽을 수 없습니다. 파일이 아닙니다.
    .do = 읽을 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-file-too-large = 설정 파일 { $path }을(를) 읽을 수 없습니다. { $largest }바이트보다 큽니다.
    .do = 읽을 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-not-toml = { $file }은(는) 올바른 TOML이 아닙니다: { $reason }.
    .do = 그 행을 고치십시오. start_date = "01/31/2020"처럼 텍스트는 따옴표 안에 씁니다.
settings-too-deep = { $file }의 중첩이 { $deepest }단계보다 깊으며, 그런 설정은 없습니다.
    .do = 새로 쓰십시오. `chimpline init`으로 모든 설정을 볼 수 있습니다.
settings-hold-secret = { $setting }{ $at }에 비밀 값이 있으며, 설정 파일에는 비밀 값을 쓸 수 없습니다.
    .do = 설정 파일에서 빼고, { -ways-to-give-a-secret }. 파일을 공유했다면 키를 새로 만드십시오.
settings-hold-secret-of-destination = { $setting }{ $at }에 비밀 값이 있으며, 설정 파일에는 비밀 값을 쓸 수 없습니다.
    .do = 설정 파일에서 빼고 다음 명령으로 저장하십시오: chimpline destination { $destination }. 파일을 공유했다면 변경하십시오.

# 환경 변수.
variable-not-utf8 = 환경 변수 { $variable }은(는) UTF-8 텍스트가 아닙니다.
    .do = 로캘이 UTF-8인 터미널(예: LC_ALL=C.UTF-8)에서 다시 설정하십시오.
variable-misspelt = 환경 변수 { $variable }은(는) 설정이 아닙니다. 혹시 { $meant }입니까?
    .do = 이름을 고치거나 해제하십시오.
variable-names-no-setting = 환경 변수 { $variable }에 해당하는 설정이 없습니다.{ $near }
    .do = CHIMPLINE_CONNECTIONS__<NAME>__<SETTING>, CHIMPLINE_DESTINATIONS__<NAME>__<SETTING> 또는 CHIMPLINE_PIPELINES__<NAME>__<SETTING> 형식으로 쓰십시오.
variable-unknown-field = 환경 변수 { $variable }은(는) 설정이 아닙니다. { $section ->
        [connections] 연결
        [destinations] 대상
       *[pipelines] 파이프라인
    }에 { $field } 설정이 없습니다.{ $near }
    .do = 이름을 고치거나 해제하십시오. `chimpline init`은 모든 설정이 나열된 파일을 만듭니다.

# 어느 파이프라인, 어느 연결인지.
pipelines-several = 파이프라인이 { $count }개 있습니다: { $names }.
    .do = 하나를 지정하십시오: `chimpline run { $first }`.
pipeline-unknown = { $file }에 { $name } 파이프라인이 없습니다.{ $near }
    .do = 현재 파이프라인: { $names }. 이 중 하나를 지정하거나 설정 파일에 [pipelines.<name>]을 쓰십시오.
pipeline-unknown-none-there = { $file }에 { $name } 파이프라인이 없습니다.
    .do = 이름을 빼거나 `chimpline init`으로 만드십시오.
pipeline-unknown-without-file = { $name } 파이프라인이 없습니다(설정 파일 없음).{ $near }
    .do = 현재 파이프라인: { $names }. 이 중 하나를 지정하거나 설정 파일에 [pipelines.<name>]을 쓰십시오.
pipeline-unknown-none-there-without-file = { $name } 파이프라인이 없습니다(설정 파일 없음).
    .do = 이름을 빼거나 `chimpline init`으로 만드십시오.
connection-unknown-by-option = { $name } 연결이 없습니다(--connection 옵션).{ $near }
    .do = 현재 연결: { $names }. 이 중 하나를 지정하거나 설정 파일에 [connections.{ $plain }]을(를) 쓰십시오.
connection-unknown-by-pipeline = { $pipeline } 파이프라인이 사용하는 { $name } 연결이 없습니다{ $at }.{ $near }
    .do = 현재 연결: { $names }. 이 중 하나를 지정하거나 설정 파일에 [connections.{ $plain }]을(를) 쓰십시오.
pipeline-names-no-connection = { $pipeline } 파이프라인에 연결이 지정되지 않았으며, 연결은 { $count }개 있습니다: { $names }.
    .do = [pipelines.{ $pipeline }] 아래에 connection = "{ $first }"을(를) 쓰십시오.

# 설정의 잘못된 점.
settings-several = 설정 { $count }개가 올바르지 않습니다.{ $problems }
    .do = { $problems }
setting-unknown-section = { $setting }{ $at }은(는) 설정 파일의 섹션이 아닙니다.{ $near }
    .do = 설정은 [connections.<name>], [destinations.<name>] 또는 [pipelines.<name>] 아래에 씁니다.
setting-unknown = { $setting }{ $at }은(는) { $section ->
        [connections] 연결
       *[pipelines] 파이프라인
    }의 설정이 아닙니다.{ $near }
    .do = 고치거나 빼십시오. { $section ->
        [connections] 연결
       *[pipelines] 파이프라인
    }의 설정: { $known }.
setting-belongs-elsewhere = {" "}이 설정은 [{ $section }.<name>] 아래에 씁니다.
setting-name-wrong = { $file }의 { $name }은(는) { $section ->
        [alerts] 알림
        [connections] 연결
        [destinations] 대상
       *[pipelines] 파이프라인
    }의 이름으로 쓸 수 없습니다.
    .do = 이름에는 영문자, 숫자, -, _을 사용하십시오.
setting-no-section = { $path }{ $at }은(는) 섹션이 아닙니다.
    .do = [{ $section }.{ $name }](으)로 쓰고, 그 아래 행에 설정을 쓰십시오.
setting-holds-password = { $setting }{ $at }에 비밀번호가 있으며, 주소에는 비밀번호를 쓸 수 없습니다.
    .do = 비밀번호를 빼십시오. 셸에 입력했거나 공유했다면 비밀번호를 변경하십시오.
setting-holds-password-of-destination = { $setting }{ $at }에 비밀번호가 있으며, 주소에는 비밀번호를 쓸 수 없습니다.
    .do = { $cause }
setting-unknown-table = { $name } 테이블이 없습니다.{ $near } { $setting }{ $at }에서 요청했습니다.
    .do = 이름을 고치십시오. `chimpline tables`로 모든 테이블을 볼 수 있습니다.
setting-wrong = { $setting }{ $value }{ $at } 설정이 올바르지 않습니다: { $reason }
    .do = { $setting } 값의 형식: { $form }.
setting-console-no-section = console{ $at }은(는) 섹션이 아닙니다.
    .do = [console]을 쓰고 그 아래 행에 설정을 쓰십시오.
setting-console-unknown = { $setting }{ $at }은(는) 콘솔의 설정이 아닙니다.{ $near }
    .do = 고치거나 빼십시오. 콘솔의 설정: { $known }.
setting-alert-address = 알림의 { $setting }{ $at }은(는) 비밀 값이며, 설정 파일에는 비밀 값을 쓸 수 없습니다.
    .do = 설정 파일에서 빼고, 콘솔의 설정 > 알림에서 입력하십시오.
setting-alert-unknown = { $setting }{ $at }은(는) 알림의 설정이 아닙니다.{ $near }
    .do = 고치거나 빼십시오. 알림의 설정: { $known }.
metadata-name-wrong = { $name }{ $at }은(는) 연결의 이름으로 쓸 수 없습니다.
    .do = 이름을 고치십시오.
metadata-no-section = { $path }{ $at }은(는) 섹션이 아닙니다.
    .do = [metadata.{ $connection }.{ $table }](으)로 쓰고, 그 아래 행에 선택을 쓰십시오.
metadata-unknown-option = { $option }{ $at }은(는) 테이블 메타데이터의 선택 항목이 아닙니다.{ $near }
    .do = 고치거나 빼십시오. 선택 항목: { $known }.
metadata-wrong = { $table } 테이블의 { $option }{ $value }{ $at } 값이 올바르지 않습니다: { $reason }
    .do = { $option } 값의 형식: { $form }.
metadata-unusable = { $table }, { $option }{ $at }: { $reason }
    .do = { $reason }
metadata-unknown-table = { $name } 테이블이 없습니다.{ $near } 그 메타데이터가 지정되었습니다{ $at }.
    .do = 이름을 고치십시오. `chimpline tables`로 모든 테이블을 볼 수 있습니다.

# 잘못된 값.
setting-value = {" "}{ $value }
setting-value-hidden = {" "}(비밀 값으로 보여 표시하지 않음)

# 값이 올바르지 않은 이유.
reason-not-whole = 정수가 아닙니다.
reason-not-true-or-false = true도 false도 아닙니다.
reason-wrong-type = 형식이 잘못되었습니다.
reason-most = 최댓값은 { $most }입니다.
reason-least = 최솟값은 { $least }입니다.
reason-none-of = 다음 중 하나가 아닙니다: { $known }.{ $near }
reason-too-long = { $longest }자보다 깁니다.
reason-holds-space = 공백이 들어 있습니다.
reason-wrong-form = 형식이 잘못되었습니다.
reason-by-pydantic = { $reason }.
reason-not-a-date = 날짜가 아닙니다.
reason-in-the-future = 미래의 날짜입니다.
reason-too-early = 가장 이른 날짜는 { $earliest }입니다.
reason-no-such-month = { $month }월은 없습니다.
reason-no-such-day = { $month }에 그런 날짜가 없습니다.
reason-not-a-server = 서버의 주소가 아닙니다.
reason-holds-user = 사용자나 비밀번호가 들어 있습니다.
reason-half-an-address = 호스트가 완전한 IP 주소가 아닙니다.
reason-wrong-port = 포트가 1에서 65535 사이의 숫자가 아닙니다.
reason-more-than-a-path = 호스트와 경로 외의 것이 들어 있습니다.
reason-names-no-table = 테이블이 지정되지 않았습니다.
reason-holds-password = { $cause }
reason-url-refused = { $reason }.
reason-unknown-kind = { $kind } 종류의 대상이 없습니다.{ $near }

# 설정의 올바른 형식.
form-auth = "api_key" 또는 "oauth"
form-client-id = Mailchimp가 앱에 표시하는 숫자, 따옴표 안에: "123456789012"
form-start-date = { $earliest }부터 오늘까지의 날짜, MM/DD/YYYY 또는 YYYY-MM-DD: "01/31/2020", 전체를 읽으려면 빼십시오
form-window = 0에서 36500 사이의 일수(정수), 0은 전체
form-true-or-false = true 또는 false
form-connections = 1에서 { $most } 사이의 정수
form-gateway = "none"
form-api-root = 버전으로 끝나는 주소: "https://us19.api.mailchimp.com/3.0"
form-login-root = 주소: "{ $usual }"
form-redirect-uri = ?와 #이 없는 주소: "{ $usual }"
form-url = { $urls }
form-kind = { $kinds }
form-dataset = 영문자로 시작하는 영문자, 숫자, 밑줄, 최대 63자: "my_data"
form-connection = 이 파일에 있는 연결의 이름
form-destination = { $urls }, 또는 이 파일에 있는 대상의 이름
form-tables = "all", "default" 또는 테이블 이름: ["lists", "list_members"], 이 파일 밖에서는 lists,list_members. `chimpline tables`로 목록을 볼 수 있습니다
form-deletes = "mark", "remove" 또는 "ignore"
form-lookback = 0에서 10080 사이의 분(정수)
form-segment-members = "when changed" 또는 "every run"
form-complete-read = 1에서 3650 사이의 일수(정수)
form-pages-in-memory = 8에서 65536 사이의 메가바이트(정수)
form-schedule = "every 15 minutes"(1분에서 1일까지) 또는 필드가 다섯 개인 cron 표현식("0 6 * * *")
form-time-zone = IANA 시간대 이름: "Asia/Seoul"
form-schedule-start = 날짜 또는 날짜와 시각: "2026-12-31 06:00"
form-columns = 열 이름: { $example }

# 설정의 대상.
destination-unknown = { $name } 대상이 없습니다{ $at }.{ $near }
    .do = 현재 대상: { $names }. 하나를 지정하거나, 설정 파일에 [destinations.{ $plain }]을(를) 쓰거나, URL을 지정하십시오: { $urls }.
destination-unknown-none-there = { $name } 대상이 없습니다{ $at }.
    .do = 하나를 지정하거나, 설정 파일에 [destinations.{ $plain }]을(를) 쓰거나, URL을 지정하십시오: { $urls }.
destination-url-and-parts = { $name } 대상{ $at }에 url과 { $parts }이(가) 함께 있습니다.
    .do = [destinations.{ $name }] 아래에 url만 남기거나, url을 빼고 각 부분을 쓰십시오.
destination-without-url = { $name } 대상{ $at }에 url도 kind도 없습니다.
    .do = [destinations.{ $name }] 아래에 둘 중 하나를 쓰십시오. url은 { $urls }, kind는 { $kinds }.
destination-unknown-kind = { $name } 대상의 kind{ $at } 값이 올바르지 않습니다. { $kind } 종류의 대상이 없습니다.{ $near }
    .do = kind 값의 형식: { $kinds }.
destination-unknown-setting = { $setting }{ $at }은(는) { $kind } 대상의 설정이 아닙니다.{ $near }
    .do = 고치거나 빼십시오. 이 대상의 설정: { $known }, dataset.
destination-wrong-setting = { $name } 대상의 { $setting }{ $at } 설정이 올바르지 않습니다.
    .do = { $setting } 값의 형식: { $form }.
destination-lacks-setting = { $name } 대상{ $at }에 { $setting } 설정이 없습니다.
    .do = [destinations.{ $name }] 아래에 쓰십시오: { $form }.
destination-is-a-url = 비밀번호는 대상의 이름으로 저장되는데, 지정된 것은 URL입니다.
    .do = 설정 파일의 [destinations.NAME] 아래에 URL을 쓰고, 파이프라인에 destination = "NAME"을 쓴 다음, 비밀번호를 저장하십시오: chimpline destination NAME.
destination-needs-no-password = { $name } 대상은 { $kind } 종류이며, 비밀번호가 필요하지 않습니다.
    .do = 쓸 수 있는지 확인하십시오: chimpline check --destination { $name }

# 필요하거나 지정된 비밀 값.
secret-missing = { $connection } 연결의 { $secret ->
        [api_key] API 키가
       *[access_token] 액세스 토큰이
    } 지정되지 않았습니다.
    .do = Mailchimp(Profile, Extras, API keys)에서 받아 { -ways-to-give-a-secret }. 또는 한 번 로그인하면 저장됩니다: chimpline connect { $connection }
secrets-both-given = 환경 변수에 API 키와 액세스 토큰이 모두 지정되었습니다.
    .do = 하나를 해제하거나 --auth("api_key" 또는 "oauth")로 선택하십시오.
secret-wrong-form = { $secret ->
        [api_key] API 키가 비어 있거나, 공백 또는 API 키에 없는 문자가 들어 있습니다.
       *[access_token] 액세스 토큰이 비어 있거나, 공백 또는 액세스 토큰에 없는 문자가 들어 있습니다.
    }
    .do = Mailchimp에서 다시 복사해 { -ways-to-give-a-secret }.

# 설정 파일의 변경.
settings-not-editable = [{ $section }] 섹션은 안전하게 편집할 수 없는 형식으로 작성되어 있습니다.
    .do = 한 행에 설정 하나씩 독립된 섹션으로 쓰거나, 직접 편집하십시오.
settings-file-unchangeable = 설정 파일 { $path }을(를) 변경할 수 없습니다: { $reason }.
    .do = 파일과 디렉터리에 쓸 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-file-unchangeable-not-utf8 = 설정 파일 { $path }을(를) 변경할 수 없습니다. UTF-8 텍스트가 아닙니다.
    .do = 파일과 디렉터리에 쓸 수 있게 하거나 --settings로 다른 파일을 지정하십시오.
settings-file-not-toml = 설정 파일 { $path }은(는) 올바른 TOML이 아니거나 너무 깊게 중첩되어 있습니다.
    .do = 편집기에서 고치십시오. `chimpline run --dry-run`은 해당 행을 알려 줍니다.
state-directory-unwritable = 상태 디렉터리 { $path }에 쓸 수 없습니다: { $reason }.
    .do = 쓸 수 있게 하고 디스크에 공간이 있는지 확인하거나, --state-dir 또는 CHIMPLINE_STATE_DIR로 다른 디렉터리를 지정하십시오.
settings-take-no-secret = { $secret }은(는) 비밀 값이며, 설정 파일에는 비밀 값을 저장하지 않습니다.
    .do = chimpline connect에 입력하십시오. 물어본 다음 암호화해 저장합니다.
export-wrong = { $file }은(는) 한 연결의 메타데이터를 내보낸 파일이 아닙니다.
    .do = `chimpline discover { $connection } --export FILE`로 만드십시오.
reason-schedule-minutes-out-of-range = 1분보다 짧거나 1일보다 깁니다.
reason-schedule-not-understood = "every N minutes" 형식도 cron 표현식도 아닙니다.
reason-schedule-never-due = 앞으로 몇 년 동안 해당하는 날이 없습니다.
reason-time-zone-unknown = 그런 이름의 시간대가 없습니다.
reason-no-moment = 날짜와 시각이 아닙니다.
reason-moment-with-zone = 시간대는 별도의 설정(time_zone)입니다.
reason-interval-not-understood = 분, 시간, 일 또는 주 단위의 숫자가 아닙니다.
reason-interval-out-of-range = 1분보다 짧거나 365일보다 깁니다.
form-history = "versions" 또는 "daily"
history-of-events = 이벤트는 바뀌지 않으므로 테이블 자체가 이력입니다.
    .do = history를 빼십시오.
history-daily-of-people = 사람마다 또는 사람이 한 일마다 행이 있어, 매일 그 모두를 다시 저장하게 됩니다.
    .do = 바뀔 때만 행을 저장하는 "versions"를 쓰십시오.
form-every = "1 day": 분(minutes), 시간(hours), 일(days) 또는 주(weeks) 단위의 숫자, 최대 365일. 또는 "every run"
reason-schedule-start-not-understood = 시작 값이 날짜와 시각이 아닙니다.
form-data-dir = 폴더 경로: "data"
form-fresh-within = "6 hours": 분(minutes), 시간(hours), 일(days) 또는 주(weeks) 단위의 숫자, 1분에서 365일까지
form-alert-kinds = 종류의 이름: ["failure", "recovery"], 사용할 수 있는 종류: { $kinds }
form-alert-pipelines = 이 파일에 있는 파이프라인의 이름: ["daily"]
form-keep-runs = 10에서 100000까지의 정수(실행 수)
