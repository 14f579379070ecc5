# 응답한 것, 괄호 안.
api-answer = { $status } { $problem }
api-answer-unexplained = { $status }, 설명 없음
api-names-no-data-center = 데이터 센터가 들어 있지 않음
api-tried = { $seconds }초 동안 { $attempts }회 시도

# 한 번의 응답.
api-not-json = 응답이 JSON이 아니라 { $type } 형식입니다.
api-not-json-untyped = 응답에 콘텐츠 형식이 없으며 JSON이 아닙니다.
api-refused-once = Mailchimp가 거부했습니다(403 { $problem }).
api-not-found = Mailchimp에 { $path } 경로가 없습니다({ $answer }).
api-too-many-requests = Mailchimp가 요청 속도를 낮추라고 응답했습니다(429).
api-turned-away = Mailchimp가 요청을 받아들이지 않았습니다({ $answer }).
api-foreign-answer = 응답은 { $answer }였습니다.
api-failed = Mailchimp에서 오류가 발생했습니다({ $answer }).
api-not-understood = Mailchimp가 GET { $path } 요청을 이해하지 못했습니다({ $answer }).
api-odd-status = Mailchimp가 상태 코드 { $status }(으)로 응답했습니다.
api-nested-too-deeply = Mailchimp의 응답이 너무 깊게 중첩되어 읽을 수 없습니다.
api-answer-misfit = Mailchimp의 응답이 예상한 형식과 다릅니다({ $reason }).
api-no-date = 응답에 읽을 수 있는 Date 헤더가 없습니다.
api-date-of-year = 응답의 Date 헤더가 { $year }년을 가리킵니다.
api-key-of-another-data-center = API 키가 다른 데이터 센터에 속한다고 Mailchimp가 응답했습니다({ $answer }).
    .do = 하이픈 뒤의 데이터 센터(-us6)를 포함한 API 키 전체를 다시 복사하고, 설정에서 api_root를 빼십시오.
api-token-of-another-data-center = 액세스 토큰이 다른 데이터 센터에 속한다고 Mailchimp가 응답했습니다({ $answer }).
    .do = Mailchimp에 다시 로그인하고, 설정에서 api_root를 빼십시오.
api-account-blocked = Mailchimp가 이 사용자 또는 계정 전체를 차단했습니다({ $answer }).
    .do = 브라우저에서 Mailchimp에 로그인해 계정 소유자에게 요청되는 조치를 확인하거나 Mailchimp 지원팀에 문의한 다음, 다시 시도하십시오.
api-redirected = 요청이 { $host }(으)로 리디렉션되었습니다({ $status }).
api-redirected-within = 요청이 다른 페이지로 리디렉션되었습니다({ $status }).
api-proxy-asks-for-password = 프록시가 사용자 이름과 비밀번호를 요구합니다(407).
    .do = HTTPS_PROXY에 넣거나, NO_PROXY로 Mailchimp 호스트를 제외하십시오.
api-https-only = Mailchimp는 HTTPS만 지원합니다({ $answer }).
    .do = api_root가 https://로 시작하게 하십시오.
api-key-not-accepted = Mailchimp가 API 키를 받아들이지 않습니다({ $answer }). 이 연결은 다시 인증해야 합니다.
    .do = 폐기되지 않은 키를 하이픈 뒤의 데이터 센터(-us6)까지 입력하십시오. 키는 자신의 데이터 센터에서만 유효합니다.
api-token-not-accepted = Mailchimp가 액세스 토큰을 받아들이지 않습니다({ $answer }). 이 연결은 다시 인증해야 합니다.
    .do = Mailchimp에 다시 로그인하십시오. 소유자가 액세스 권한을 제거했을 수 있습니다.

# 모든 시도가 끝난 요청.
api-refused = Mailchimp가 이 사용자의 GET { $path } 요청을 거부합니다(403 { $problem }).
    .do = 이 데이터를 읽을 수 있는 역할을 계정 소유자에게 요청하거나, 이 테이블을 제외하십시오.
api-answer-too-large = { $where }에서 올바른 응답을 받지 못했으며, 더 작게 나누어 요청할 수 없습니다. { $cause }
    .do = api_root가 Mailchimp의 주소인지 확인하고 다시 시도하십시오. 반복되면 보고해 주십시오.
api-not-mailchimp = { $where } 주소는 Mailchimp의 API가 아닙니다: { $cause }
    .do = api_root가 올바르고 /3.0으로 끝나는지, 네트워크의 프록시나 로그인 페이지가 중간에 있지 않은지 확인하고 다시 시도하십시오.
api-never-reached = { $cause } chimpline은 { $tried } 후 중단했습니다.
    .do = 네트워크, HTTPS_PROXY, api_root를 확인하고 다시 시도하십시오.
api-given-up-network = { $where }에서 올바른 응답을 받지 못했습니다({ $tried }). { $cause }
    .do = 네트워크를 확인하고 다시 시도하십시오.
api-given-up = { $where }에서 올바른 응답을 받지 못했습니다({ $tried }). { $cause }
    .do = 나중에 다시 시도하십시오. 다른 도구가 이 계정을 사용한다면 `connections` 값을 낮추십시오.
api-given-up-login = { $where }에서 올바른 응답을 받지 못했습니다({ $tried }). { $cause }
    .do = 네트워크와 login_root를 확인하고 다시 시도하십시오.
api-nothing-reached = { $cause } chimpline은 { $tried } 후 중단했으며, { $login }에도 연결할 수 없습니다.
    .do = 네트워크, 이름 서비스(DNS), HTTPS_PROXY를 확인하고 다시 시도하십시오. 모두 정상이면 API 키가 올바른 데이터 센터(-{ $data_center })로 끝나는지 확인하십시오.
api-no-such-data-center = Mailchimp 데이터 센터 '{ $data_center }'(은)는 없습니다: { $cause } { $login }에는 연결할 수 있습니다.
    .do = 하이픈 뒤의 데이터 센터(-us6)를 포함해 API 키를 다시 복사하십시오.
api-beginning-refused = { $cause }
    .do = 모든 실행은 이 요청으로 시작합니다. 읽을 수 있는 역할(Viewer 이상)을 계정 소유자에게 요청하고, api_root가 올바른지 확인한 다음, 다시 시도하십시오.
api-retrying = { $cause } 다시 시도합니다. 같은 종류의 실패는 더 이상 표시하지 않습니다.
api-waiting = 동시 연결을 기다리는 중입니다. 이 Mailchimp 사용자의 다른 실행이, 이 실행에 허용된 { $connections }개 중 { $others }개를 사용하고 있습니다. 다른 실행이 놓는 대로 계속합니다.
api-in-clear = { $setting } 값이 암호화되지 않은 http입니다. { $host } 및 그 사이의 모든 곳에서 키를 볼 수 있습니다.

# 동시 연결.
api-connections-out-of-range = connections = { $connections } 값은 사용할 수 없습니다. Mailchimp는 사용자마다 동시에 { $most }개까지 허용합니다.
    .do = 1에서 { $most } 사이로 설정하십시오. 기본값은 8입니다.
api-too-many-open-files = 연결 슬롯의 디렉터리를 사용할 수 없습니다: { $path }({ $reason }).
    .do = 열 수 있는 파일 수를 늘리십시오(ulimit -n 1024).
api-slots-unusable = 연결 슬롯의 디렉터리를 사용할 수 없습니다: { $path }({ $reason }).
    .do = 이 사용자가 쓸 수 있는 로컬 디스크의 디렉터리를 CHIMPLINE_SLOTS_DIR로 지정하십시오.

# API의 위치.
api-key-without-data-center = API 키에 데이터 센터가 들어 있지 않습니다.
    .do = 하이픈과 끝의 데이터 센터를 포함한 키 전체(<영문자와 숫자 32자>-us6)를 복사하거나, api_root를 설정하십시오.
api-endpoint-of-another = { $login } 응답의 API 주소(api_endpoint)는 { $host }이며, Mailchimp의 호스트가 아닙니다. 토큰을 그곳으로 보내지 않았습니다.
    .do = login_root가 올바른지 확인하십시오. 직접 운영하는 호스트라면 api_root를 그 주소로 설정하십시오.
api-endpoint-without-host = { $login } 응답의 API 주소(api_endpoint)에 호스트가 없으며, Mailchimp의 호스트가 아닙니다. 토큰을 그곳으로 보내지 않았습니다.
    .do = login_root가 올바른지 확인하십시오. 직접 운영하는 호스트라면 api_root를 그 주소로 설정하십시오.
api-address-of-no-server = { $setting } 값은 서버의 주소가 아닙니다.
    .do = https://us6.api.mailchimp.com/3.0처럼 전체 주소를 쓰십시오.
api-address-too-long = { $setting } 값에 스킴, 호스트, 경로 외의 것이 들어 있습니다.
    .do = 사용자, 비밀번호, 쿼리, 프래그먼트를 빼십시오.
api-address-in-clear = { $setting } 값이 암호화되지 않은 http입니다. 키가 전송 중에 노출될 수 있습니다.
    .do = { $setting } 값이 https://로 시작하게 하십시오.
