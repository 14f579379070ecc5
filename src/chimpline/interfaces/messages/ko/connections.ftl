# 연결: 정의, 비밀 값, 상태, 읽을 수 있는 것.

# 마지막 액세스 확인에서 거부된 테이블.
selected-tables-refused = 선택한 테이블 중 { $count }개를 복제할 수 없습니다. 마지막 액세스 확인에서 Mailchimp가 거부했습니다.{ $tables }
    .do = 설정에서 테이블 { $count }개를 제거하십시오. 그 후 다른 역할 등으로 읽을 수 있게 되었다면 다시 확인하십시오: chimpline check { $connection }
table-refused = { $table }{ $at }: { $why }
tables-all-refused = 마지막 액세스 확인에서 Mailchimp가 선택한 모든 테이블을 거부했습니다. { $why }
    .do = 읽을 수 있는 역할을 계정 소유자에게 요청하십시오. 그다음 다시 확인하십시오: chimpline check { $connection }
tables-left-out = 참고: 마지막 액세스 확인에서 Mailchimp가 거부한 다음 테이블은 복제되지 않습니다: { $tables }. 다시 확인하려면: chimpline check { $connection }

# 어느 연결인지.
connection-unknown = { $name } 연결이 없습니다.{ $near }
    .do = 현재 연결: { $names }. 다른 연결을 지정하거나 새로 만드십시오: chimpline connect { $plain }
connection-unknown-none-there = { $name } 연결이 없습니다.
    .do = 아직 연결이 없습니다. 다른 연결을 지정하거나 새로 만드십시오: chimpline connect { $plain }
connections-several = 연결이 { $count }개 있습니다: { $names }.
    .do = 하나를 지정하십시오.
connection-in-use = { $name } 연결을 다음 파이프라인 { $count }개가 사용합니다: { $pipelines }.
    .do = { $file }에서 파이프라인 { $count }개가 다른 연결을 사용하게 하거나 파이프라인을 제거한 다음, 다시 삭제하십시오.
client-id-in-use = Client ID { $client_id }은(는) { $others } 연결에서 사용됩니다. 앱 하나는 연결 하나에만 쓸 수 있습니다. 같은 앱으로 다시 로그인하거나 시크릿을 교체하면 이전에 허용된 액세스가 끝날 수 있습니다.
    .do = { $name } 연결을 위해 Mailchimp에 다른 앱을 등록하거나(Profile, Extras, Registered apps), --insist로 계속하십시오.
account-is-another = { $name } 연결이 이제 다른 Mailchimp 계정에 속합니다: { $account }({ $account_id }). 이전 계정: { $before }({ $before_id }). 복제된 데이터는 이전 계정에 속하며, 같은 데이터 세트로의 실행은 거부됩니다. 파이프라인에 다른 데이터 세트를 지정하거나 이전 계정으로 로그인하십시오.

# 연결이 읽을 수 있는 것.
access-unknown = 알 수 없음: { $cause }
access-parent-unknown = 확인하지 않음: 상위 테이블 { $parent }을(를) 확인할 수 없었습니다.
access-parent-refused = 상위 테이블 { $parent }이(가) 거부되었습니다.
access-lacking = 이 계정에 없는 기능이거나 사용자 역할로는 읽을 수 없습니다. 실행 시 나머지를 모두 복사하고, 읽을 수 있게 되면 이 테이블도 복사합니다. { $cause }
access-parent-lacking = 상위 테이블 { $parent }을(를) 사용할 수 없습니다.
access-parent-empty = 확인하지 않음: 상위 테이블 { $parent }에 아직 레코드가 없습니다.
access-answer-broken = Mailchimp의 응답이 예상한 형식과 다릅니다({ $reason }).
connection-without-secret = { $name } 연결에 아직 API 키나 액세스 토큰이 없습니다.
    .do = 로그인하십시오: chimpline connect { $name }
key-of-another-account = { $warning }
    .do = 이 연결에 해당하는 계정의 키를 입력하거나 다른 연결을 만드십시오.
nothing-readable = Mailchimp가 이 사용자의 로그인은 허용하지만 읽기는 허용하지 않습니다. 모든 테이블이 거부되었습니다.
    .do = 읽을 수 있는 역할(Viewer 이상)을 계정 소유자에게 요청한 다음, 다시 확인하십시오.
then-connect = 그다음: chimpline connect { $connection }
key-used-before = 참고: 이 키는 이전에 { $address } 주소와 함께 사용되었으므로 다시 그곳으로 보냅니다.
key-used-with-both-before = 참고: 이 키는 이전에 { $api_root }, { $login_root } 주소와 함께 사용되었으므로 다시 그곳으로 보냅니다.
stored-sentence = { $sentence }

# OAuth로 로그인.
oauth-lacks = { $name } 연결에 { $missing ->
        [client_id] Client ID가
        [client_secret] Client Secret이
       *[both] Client ID와 Client Secret이
    } 없습니다. OAuth로 로그인하려면 둘 다 필요합니다.
    .do = Mailchimp의 앱에서 확인하십시오(`chimpline connect --guide`). Client ID는 설정 파일이나 --client-id에 넣고, Client Secret은 CHIMPLINE_CLIENT_SECRET이나 --client-secret-stdin으로 전달하거나 물어볼 때 입력합니다.
client-secret-wrong-form = Client Secret이 비어 있거나, 너무 짧거나, 시크릿에 없는 문자가 들어 있습니다.
    .do = 다시 복사하십시오. Mailchimp는 한 번만 표시하므로, 잃어버렸다면 앱에서 교체하십시오.
token-of-another-account = { $warning }
    .do = 이 연결에 해당하는 계정의 사용자로 Mailchimp에 로그인하거나, 다른 계정을 위한 연결을 따로 만드십시오. 그래도 바꾸려면 --yes로 확인하십시오.
token-ends = Mailchimp에서 이 토큰은 { $at }에 만료됩니다.
sign-in-replaced = 다른 `chimpline connect { $connection }`이 이 로그인을 대신합니다.
    .do = 그곳에서 계속하거나 여기에서 다시 시작하십시오.
answer-to-no-sign-in = 이 응답은 chimpline이 기다리는 로그인에 속하지 않습니다. 직접 요청한 로그인이라면 다시 시작하십시오: chimpline connect
answer-without-code = Mailchimp가 코드를 보내지 않았습니다.

# 저장소와 키.
secret-does-not-open = { $connection } 연결의 { $secret ->
        [api_key] API 키를
        [access_token] 액세스 토큰을
        [client_secret] Client Secret을
        [new_client_secret] 새 Client Secret을
        [hash_salt] 해시 솔트를
       *[code] 코드를
    } 복호화할 수 없습니다. 변조되었거나 다른 값의 자리에 놓였습니다.
    .do = 제어 데이터베이스에 누가 쓰는지 확인한 다음, 다시 로그인하십시오: chimpline connect { $connection }.
secret-of-destination-does-not-open = { $destination } 대상의 { $secret } 값을 복호화할 수 없습니다. 변조되었거나 다른 값의 자리에 놓였습니다.
    .do = 제어 데이터베이스에 누가 쓰는지 확인한 다음, 다시 저장하십시오: chimpline destination { $destination }.
vault-key-in-environment = 키가 { $variable } 환경 변수에 있으며, chimpline은 이를 변경할 수 없습니다.
    .do = 새 키를 만들어(openssl rand -base64 32) --new-key-stdin으로 전달한 다음, { $variable } 값을 새 키로 설정하십시오.
vault-key-wrong-form = { $where } 값은 키가 아닙니다. base64 또는 16진수 64자로 된 { $length }바이트여야 합니다.
    .do = 비밀 값을 암호화한 키를 지정하십시오. 새 키는 다음 명령으로 만듭니다: openssl rand -base64 { $length }
vault-key-other-than-variable = 비밀 값이 현재 { $variable } 값과 다른 키로 암호화되어 있습니다.
    .do = { $variable } 값을 비밀 값을 암호화한 키로 설정하거나, chimpline이 보관하는 키라면 해제하십시오. 키를 교체하려면: chimpline connections rotate-key
vault-key-other-than-file = 비밀 값이 { $path } 파일과 다른 키로 암호화되어 있습니다.
    .do = 원래 키를 되돌려 놓으십시오. 잃어버렸다면 다시 로그인하십시오: chimpline connections delete NAME, 그다음 chimpline connect NAME.
vault-key-missing = 비밀 값을 암호화한 키를 찾을 수 없습니다. { $variable } 환경 변수, 키링, { $path } 파일 어디에도 없습니다.
    .do = 원래 키를 되돌려 놓으십시오. 잃어버렸다면 다시 로그인하십시오: chimpline connections delete NAME, 그다음 chimpline connect NAME.
vault-key-unreadable = 저장소의 키 { $path }을(를) 읽을 수 없습니다: { $reason }.
    .do = 본인만 읽을 수 있게 하십시오: chmod 600 { $path }(파일 소유자로 실행).
vault-key-open-to-others = 저장소의 키 { $path }을(를) 다른 사용자가 읽을 수 있습니다(모드 { $mode }).
    .do = chmod 600 { $path }을(를) 실행하십시오. 다른 사람도 이 컴퓨터를 사용한다면 다음도 실행하십시오: chimpline connections rotate-key
vault-key-unwritable = 저장소의 키 { $path }에 쓸 수 없습니다: { $reason }.
    .do = { $directory }에 쓸 수 있게 하거나 { $variable } 값을 설정하십시오.
the-new-key = 새 키
the-key-of-the-keyring = 키링의 항목
key-in-variable = { $variable }
key-in-file = { $path }
key-in-keyring = 이 사용자의 키링

# 제어 데이터베이스.
control-unopenable = 제어 데이터베이스 { $path }을(를) 열 수 없습니다: { $reason }.
    .do = 파일과 디렉터리에 쓸 수 있게 하거나, --state-dir 또는 CHIMPLINE_STATE_DIR로 다른 디렉터리를 지정하십시오.
control-newer = { $path }은(는) 더 새로운 chimpline이 쓴 것입니다(스키마 { $schema }, 현재 버전이 아는 스키마 { $known }).
    .do = chimpline을 업데이트하거나 --state-dir로 다른 디렉터리를 지정하십시오.
control-held = 제어 데이터베이스 { $path }을(를) 다른 프로세스가 사용하고 있습니다.
    .do = 다른 프로세스가 끝난 다음 다시 시도하십시오.
control-unusable = 제어 데이터베이스 { $path }을(를) 사용할 수 없습니다: { $reason }.
    .do = 디스크에 공간이 있고 파일에 쓸 수 있는지 확인한 다음 다시 시도하십시오.
control-damaged = { $path }은(는) 제어 데이터베이스가 아니거나 손상되었습니다.
    .do = 백업에서 복원하거나, 파일을 옮기고 `chimpline connect NAME`으로 다시 로그인하십시오.
control-damaged-somewhere = 상태 디렉터리의 { $file }은(는) 제어 데이터베이스가 아니거나 손상되었습니다.
    .do = 백업에서 복원하거나, 파일을 옮기고 `chimpline connect NAME`으로 다시 로그인하십시오.

# 실행에 대해 알려진 것.
run-has-it-open = 진행 중인 실행 { $run }이(가) 열어 두고 있습니다.
