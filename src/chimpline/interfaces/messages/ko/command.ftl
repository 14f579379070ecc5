# 명령줄: 입력한 것, 알림, 종료 방식.

title-what = 오류
title-kept = 보존
title-do = 조치
note = 참고: { $said }

# 명령이 끝나는 방식.
stopped = 완료되기 전에 Ctrl-C로 중지되었습니다.
    .do = 원할 때 같은 명령을 다시 실행하십시오.
stopping = 중지하는 중입니다. 완전히 읽은 행은 저장하며, 다음 실행은 그 지점부터 계속합니다. Ctrl-C를 다시 누르면 바로 중지하며, 저장된 행은 사라지지 않습니다.
stopped-at-once = 바로 중지했습니다. 저장된 내용은 그대로 있으며, 다음 실행은 그 지점부터 계속합니다.
output-unwritable = 표준 출력에 쓸 수 없습니다: { $reason }.
    .do = 출력하는 곳의 공간을 확보하거나 다른 곳으로 출력하고, 명령을 다시 실행하십시오.
working-directory-unusable = 작업 디렉터리를 사용할 수 없습니다: { $reason }.
    .do = 존재하는 디렉터리로 이동해 명령을 실행하십시오.
too-little-memory = 이 컴퓨터의 여유 메모리가 부족합니다.
    .do = 메모리를 확보하고 명령을 다시 실행하십시오.
not-utf8 = 이름, 경로 또는 입력이 UTF-8 텍스트가 아닙니다({ $reason }).
    .do = 이름을 UTF-8로 쓰고, LC_ALL=C.UTF-8처럼 LC_ALL을 UTF-8 로캘로 설정하십시오.
not-allowed-here = 이 컴퓨터에서 허용되지 않았습니다: { $reason }{ $at }.
    .do = 해당 위치의 권한과 디스크 공간을 확인하고 명령을 다시 실행하십시오.
own-mistake = chimpline 자체의 오류가 발생했습니다({ $name }).
own-mistake-with-log = { $what }
    .do = { $log } 파일과 함께 보고하고 다시 실행해 주십시오.
own-mistake-without-log = { $what }
    .do = 상태 디렉터리에 쓸 수 있고 디스크에 공간이 있는지 확인한 다음 다시 실행하고, 그때 저장되는 로그와 함께 보고해 주십시오.

# 입력한 것.
command-not-understood = { $told }
    .do = `{ $command } --help`로 입력할 수 있는 것을 볼 수 있습니다.
secret-by-option = { $option } 옵션은 없습니다. 이 옵션은 비밀 값을 명령줄 인수에 넣게 되며, 인수는 이 컴퓨터의 모든 사용자가 읽을 수 있습니다.
    .do = { -where-secrets-go }
secret-by-setting = { $setting } 설정은 없습니다. 이 설정은 비밀 값을 명령줄 인수에 넣게 되며, 인수는 이 컴퓨터의 모든 사용자가 읽을 수 있습니다.
    .do = { -where-secrets-go }
secret-among-arguments = 명령줄 인수에 API 키가 있습니다. 인수는 이 컴퓨터의 모든 사용자가 읽을 수 있습니다.
    .do = { -where-secrets-go }
-where-secrets-go = 환경 변수(CHIMPLINE_API_KEY 또는 CHIMPLINE_ACCESS_TOKEN)에 넣거나, --api-key-stdin 또는 --access-token-stdin으로 표준 입력에 전달하거나, 빼고 물어볼 때 입력하십시오. connect에서는 CHIMPLINE_CLIENT_SECRET과 CHIMPLINE_CODE, --client-secret-stdin과 --code-stdin도 사용할 수 있습니다. 데이터베이스 비밀번호는 chimpline destination NAME이 물어보거나 --password-stdin으로 받습니다. 다른 사람도 이 컴퓨터를 사용한다면 키를 새로 만드십시오.
input-ended = 다음 값을 받기 전에 표준 입력이 끝났습니다: { $what }.
    .do = { $otherwise } 전달하거나, 터미널에서 물어볼 때 입력하십시오.
give-by-option = { $option }(으)로
give-by-stdin = { $option }(으)로 표준 입력에서, 또는 { $variable } 환경 변수로
the-api-key = API 키
the-client-secret = Client Secret
the-code = 코드, 또는 브라우저에 표시된 전체 주소
both-from-stdin = --api-key-stdin과 --access-token-stdin이 모두 지정되었습니다.
    .do = 둘 중 하나를 선택하십시오.

# 설정과 데이터 세트.
no-settings-file = { $directory }에 chimpline.toml이 없습니다. 옵션과 환경 변수를 사용합니다.
settings-file-exists = { $path } 파일이 이미 있습니다.
    .do = 그 파일을 편집하거나 --settings FILE로 다른 파일을 쓰십시오.
settings-file-unwritable = { $path } 파일에 쓸 수 없습니다: { $reason }.
    .do = --settings FILE로 존재하고 쓸 수 있는 디렉터리를 지정하십시오.
about-the-last-dataset = 마지막 실행이 쓴 { $destination }의 데이터 세트 { $dataset }에 대한 내용입니다. 다른 것을 보려면 --to와 --dataset을 사용하십시오.
rows-not-shown = 행 수와 시각은 표시되지 않습니다. { $why }
runs-of-here-only = 데이터 세트 { $dataset }을(를) 지금 읽을 수 없으므로 여기에서 시작한 실행만 표시합니다. { $why }

# 실행.
run-id-empty = 실행 ID가 비어 있습니다.
    .do = `chimpline runs`로 실행과 그 ID를 볼 수 있습니다.
run-id-of-several = { $id }(으)로 시작하는 ID가 { $count }개 있습니다: { $runs }{ $more }.
    .do = ID의 글자를 더 입력하십시오.
and-more = {" "}외 { $more }개
run-unknown = { $id } 실행이 없습니다.{ $near }
    .do = `chimpline runs`로 실행과 그 ID를 볼 수 있습니다.
level-unknown = { $level } 수준이 없습니다.
    .do = 다음 중 하나를 선택하십시오: { $levels }.

# 연결과 대상.
check-one-of-both = 연결과 대상이 모두 지정되었습니다.
    .do = 하나씩 확인하십시오: chimpline check { $connection }; chimpline check --destination { $destination }
secret-of-destination-empty = { $secret } 값이 비어 있습니다.
    .do = 다시 입력하거나, 저장된 값을 삭제하십시오: chimpline destination { $destination } --forget
pipeline-asks-for-refused = { $pipeline } 파이프라인이 Mailchimp가 거부하는 { $tables } 테이블을 요청합니다. 설정에서 이 테이블을 제거해야 파이프라인을 실행할 수 있습니다.
pipeline-leaves-out-refused = { $pipeline } 파이프라인은 { $tables } 테이블을 복제하지 않습니다.
change-wrong-form = 변경은 SETTING=VALUE 형식으로 씁니다.
    .do = 예: chimpline connections edit { $connection } start_date=01/31/2020
delete-unconfirmed = { $connection } 연결을 삭제하면 그 비밀 값도 삭제되며, 확인을 물어볼 터미널이 없습니다.
    .do = --yes로 확인하십시오.

# 로그인.
connect-which = 연결이 { $count }개 있습니다: { $names }.
    .do = `chimpline connect { $first }`처럼 하나를 지정하거나 새 이름을 쓰십시오.
stopped-waiting-for-code = chimpline이 코드를 기다리는 동안 Ctrl-C로 중지되었습니다.
    .do = 출력된 페이지에서 액세스를 허용하십시오. 그다음 `chimpline connect { $connection } --code-stdin`을 실행하면 코드 또는 브라우저에 표시된 전체 주소를 물어봅니다. 처음부터 다시 시작하려면 `chimpline connect { $connection }`을 실행하십시오.
stopped-before-verified = { $connection } 연결이 확인되기 전에 Ctrl-C로 중지되었습니다.
    .do = 다시 시작하십시오: `chimpline connect { $connection }`.
code-without-sign-in = 코드를 받았지만 { $connection } 연결에는 코드를 기다리는 로그인이 없습니다.
    .do = 코드는 그것을 요청한 로그인에서만 사용할 수 있습니다. CHIMPLINE_CODE를 해제하고 `chimpline connect { $connection }`으로 시작하십시오.
client-id-required = 필수 항목입니다.
    .do = 앱에서 확인하십시오.
api-key-not-given = { $connection } 연결의 API 키가 지정되지 않았습니다.
    .do = CHIMPLINE_API_KEY에 넣거나, --api-key-stdin으로 전달하거나, 터미널에서 물어볼 때 입력하십시오.
new-client-secret-not-given = 새 Client Secret이 지정되지 않았습니다.
    .do = CHIMPLINE_CLIENT_SECRET에 넣거나 --client-secret-stdin으로 전달하십시오.
no-code-in-time = chimpline이 기다리는 동안 코드가 오지 않았습니다.
    .do = Mailchimp 페이지에 오류가 표시되었다면 그 내용을 고치십시오. 리디렉션 URI { $redirect_uri }이(가) 앱에 글자 그대로 등록되어 있어야 합니다. 그 후에 액세스를 허용했다면 한 시간 안에 브라우저에 표시된 주소를 `chimpline connect { $connection } --code-stdin`에 입력하십시오. 그렇지 않으면 다시 시작하십시오.
sign-in-without-page = { $why } 따라서 chimpline의 페이지가 표시되지 않습니다. 동의한 후 브라우저에 표시된 전체 주소를 복사하십시오.
page-not-here = { $redirect_uri } 주소는 이 컴퓨터의 주소가 아닙니다.
page-port-taken = { $host }의 포트 { $port }을(를) 다른 프로그램이 사용 중입니다. 다른 `chimpline connect`일 수 있습니다.
page-port-unopenable = { $host }의 포트 { $port }을(를) 열 수 없습니다: { $reason }.
page-code-received = 코드를 받았습니다
page-code = 코드
page-copy = 복사
page-copied = 복사됨
page-no-code = 코드 없음
page-goes-on = chimpline이 자동으로 계속합니다. chimpline으로 돌아간 뒤 이 페이지를 닫으십시오. 아직 기다리고 있으면 먼저 이 코드를 복사해 그곳에 입력하십시오.

# 계정에 있는 것.
accept-without-refresh = --refresh 없이 --accept가 지정되었습니다.
    .do = 둘 다 지정하거나 둘 다 빼십시오.
export-unreadable = { $file } 파일을 읽을 수 없습니다: { $reason }.
    .do = --export로 만든 파일을 지정하십시오.
export-not-utf8 = { $file } 파일을 읽을 수 없습니다. UTF-8 텍스트가 아닙니다.
    .do = --export로 만든 파일을 지정하십시오.
export-unwritable = { $file } 파일에 쓸 수 없습니다: { $reason }.
    .do = 다른 파일을 지정하십시오.
table-not-copied = { $table } 테이블은 복제되지 않습니다. { $why }
fields-without-column = { $table } 테이블에 열이 없는 필드가 있습니다: { $fields }. 이 필드는 _extra에 저장됩니다.
selected-by-nobody = 설정에서 { $path }을(를) 선택했지만, 그 필드가 있는 오디언스가 없습니다.

# 샌드박스와 데모.
port-in-use = 포트 { $port }은(는) 사용 중입니다.
    .do = --port로 다른 포트를 선택하십시오. 0이면 빈 포트를 사용합니다.
sandbox-cannot-listen = 샌드박스가 { $host }:{ $port }에서 수신할 수 없습니다: { $reason }.
    .do = --port로 다른 포트를 선택하십시오. 0이면 빈 포트를 사용합니다.
sandbox-stopped = 중지되었습니다.
sandbox-no-address = { $url }은(는) 샌드박스의 주소가 아닙니다.
    .do = { $usual } 형식으로 쓰십시오.
sandbox-not-one = { $url }에서 응답하는 것은 샌드박스가 아닙니다.
    .do = `chimpline sandbox`로 시작하거나 --url로 지정하십시오.
sandbox-refused-change = 샌드박스가 이 변경을 받아들이지 않았습니다: { $reason }
    .do = 종류나 인수(--name value)를 고치십시오.
sandbox-silent = { $url }에서 응답하는 샌드박스가 없습니다: { $reason }.
    .do = `chimpline sandbox`로 시작하거나 --url로 지정하십시오.
argument-without-name = { $word } 앞에 이름이 없습니다.
    .do = 각 인수를 --name value 형식으로 쓰십시오.
argument-without-value = --{ $name }에 값이 없습니다.
    .do = 각 인수를 --name value 형식으로 쓰십시오.
demo-directory-taken = { $directory } 디렉터리에 데모가 만들지 않은 파일이 있습니다.
    .do = 다른 디렉터리를 지정하십시오: { $command } demo --directory DIR.
demo-account-ended = 에뮬레이션된 계정이 상태 { $status }(으)로 종료되었습니다.
