import { api } from "./base";
const injectedRtkApi = api.injectEndpoints({
  endpoints: (build) => ({
    getConfig: build.query<GetConfigApiResponse, GetConfigApiArg>({
      query: () => ({ url: `/api/config` }),
    }),
    getHelloWorld: build.query<GetHelloWorldApiResponse, GetHelloWorldApiArg>({
      query: () => ({ url: `/hello/world` }),
    }),
    getDevMailboxJson: build.query<
      GetDevMailboxJsonApiResponse,
      GetDevMailboxJsonApiArg
    >({
      query: () => ({ url: `/dev/mailbox.json` }),
    }),
    getDevMailboxById: build.query<
      GetDevMailboxByIdApiResponse,
      GetDevMailboxByIdApiArg
    >({
      query: (queryArg) => ({ url: `/dev/mailbox/${queryArg.id}` }),
    }),
    getDevConnectJson: build.query<
      GetDevConnectJsonApiResponse,
      GetDevConnectJsonApiArg
    >({
      query: () => ({ url: `/dev/connect.json` }),
    }),
    getDevCallsJson: build.query<
      GetDevCallsJsonApiResponse,
      GetDevCallsJsonApiArg
    >({
      query: () => ({ url: `/dev/calls.json` }),
    }),
    postLogin: build.mutation<PostLoginApiResponse, PostLoginApiArg>({
      query: (queryArg) => ({
        url: `/api/login`,
        method: "POST",
        body: queryArg.loginStart,
      }),
    }),
    postLoginByAttemptSteps: build.mutation<
      PostLoginByAttemptStepsApiResponse,
      PostLoginByAttemptStepsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/login/${queryArg.attempt}/steps`,
        method: "POST",
        body: queryArg.body,
      }),
    }),
    postLoginLinks: build.mutation<
      PostLoginLinksApiResponse,
      PostLoginLinksApiArg
    >({
      query: (queryArg) => ({
        url: `/api/login/links`,
        method: "POST",
        body: queryArg.linkRequest,
      }),
    }),
    postRegistration: build.mutation<
      PostRegistrationApiResponse,
      PostRegistrationApiArg
    >({
      query: (queryArg) => ({
        url: `/api/registration`,
        method: "POST",
        body: queryArg.passkeyRegistrationRequest,
      }),
    }),
    postRegistrationByAttempt: build.mutation<
      PostRegistrationByAttemptApiResponse,
      PostRegistrationByAttemptApiArg
    >({
      query: (queryArg) => ({
        url: `/api/registration/${queryArg.attempt}`,
        method: "POST",
        body: queryArg.finishPasskeyRegistration,
      }),
    }),
    getCsrfRestore: build.query<
      GetCsrfRestoreApiResponse,
      GetCsrfRestoreApiArg
    >({
      query: () => ({ url: `/api/csrf/restore` }),
    }),
    postUsers: build.mutation<PostUsersApiResponse, PostUsersApiArg>({
      query: (queryArg) => ({
        url: `/api/users`,
        method: "POST",
        body: queryArg.registrationRequest,
      }),
    }),
    getSession: build.query<GetSessionApiResponse, GetSessionApiArg>({
      query: () => ({ url: `/api/session` }),
    }),
    postSession: build.mutation<PostSessionApiResponse, PostSessionApiArg>({
      query: (queryArg) => ({
        url: `/api/session`,
        method: "POST",
        body: queryArg.loginRequest,
      }),
    }),
    deleteSession: build.mutation<
      DeleteSessionApiResponse,
      DeleteSessionApiArg
    >({
      query: () => ({ url: `/api/session`, method: "DELETE" }),
    }),
    postAuthRegister: build.mutation<
      PostAuthRegisterApiResponse,
      PostAuthRegisterApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/register`,
        method: "POST",
        body: queryArg.registrationRequest,
      }),
    }),
    postAuthLogin: build.mutation<
      PostAuthLoginApiResponse,
      PostAuthLoginApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/login`,
        method: "POST",
        body: queryArg.tokenLoginRequest,
      }),
    }),
    postAuthRefresh: build.mutation<
      PostAuthRefreshApiResponse,
      PostAuthRefreshApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/refresh`,
        method: "POST",
        body: queryArg.refreshRequest,
      }),
    }),
    postAuthLogout: build.mutation<
      PostAuthLogoutApiResponse,
      PostAuthLogoutApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/logout`,
        method: "POST",
        body: queryArg.logoutRequest,
      }),
    }),
    getAuthProfile: build.query<
      GetAuthProfileApiResponse,
      GetAuthProfileApiArg
    >({
      query: () => ({ url: `/api/auth/profile` }),
    }),
    postAuthForgotPassword: build.mutation<
      PostAuthForgotPasswordApiResponse,
      PostAuthForgotPasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/forgot-password`,
        method: "POST",
        body: queryArg.forgotPasswordRequest,
      }),
    }),
    postAuthResetPassword: build.mutation<
      PostAuthResetPasswordApiResponse,
      PostAuthResetPasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/reset-password`,
        method: "POST",
        body: queryArg.resetPasswordRequest,
      }),
    }),
    postAuthVerifyEmail: build.mutation<
      PostAuthVerifyEmailApiResponse,
      PostAuthVerifyEmailApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/verify-email`,
        method: "POST",
        body: queryArg.verifyEmailRequest,
      }),
    }),
    postAuthResendCode: build.mutation<
      PostAuthResendCodeApiResponse,
      PostAuthResendCodeApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/resend-code`,
        method: "POST",
        body: queryArg.resendCodeRequest,
      }),
    }),
    postAuthChangePassword: build.mutation<
      PostAuthChangePasswordApiResponse,
      PostAuthChangePasswordApiArg
    >({
      query: (queryArg) => ({
        url: `/api/auth/change-password`,
        method: "POST",
        body: queryArg.changePasswordRequest,
      }),
    }),
    getAccount: build.query<GetAccountApiResponse, GetAccountApiArg>({
      query: () => ({ url: `/api/account` }),
    }),
    patchAccount: build.mutation<PatchAccountApiResponse, PatchAccountApiArg>({
      query: (queryArg) => ({
        url: `/api/account`,
        method: "PATCH",
        body: queryArg.accountChange,
      }),
    }),
    deleteAccount: build.mutation<
      DeleteAccountApiResponse,
      DeleteAccountApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account`,
        method: "DELETE",
        body: queryArg.deleteAccountRequest,
      }),
    }),
    getAccountActivity: build.query<
      GetAccountActivityApiResponse,
      GetAccountActivityApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/activity`,
        params: {
          before: queryArg.before,
          limit: queryArg.limit,
        },
      }),
    }),
    getAccountExport: build.query<
      GetAccountExportApiResponse,
      GetAccountExportApiArg
    >({
      query: () => ({ url: `/api/account/export` }),
    }),
    postAccountLockdown: build.mutation<
      PostAccountLockdownApiResponse,
      PostAccountLockdownApiArg
    >({
      query: () => ({ url: `/api/account/lockdown`, method: "POST" }),
    }),
    postAccountNotMe: build.mutation<
      PostAccountNotMeApiResponse,
      PostAccountNotMeApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/not-me`,
        method: "POST",
        body: queryArg.tokenRequest,
      }),
    }),
    postAccountUndoEmail: build.mutation<
      PostAccountUndoEmailApiResponse,
      PostAccountUndoEmailApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/undo-email`,
        method: "POST",
        body: queryArg.tokenRequest,
      }),
    }),
    postAccountRestore: build.mutation<
      PostAccountRestoreApiResponse,
      PostAccountRestoreApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/restore`,
        method: "POST",
        body: queryArg.tokenRequest,
      }),
    }),
    postAccountCancelRecovery: build.mutation<
      PostAccountCancelRecoveryApiResponse,
      PostAccountCancelRecoveryApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/cancel-recovery`,
        method: "POST",
        body: queryArg.cancelRecoveryRequest,
      }),
    }),
    getSessions: build.query<GetSessionsApiResponse, GetSessionsApiArg>({
      query: () => ({ url: `/api/sessions` }),
    }),
    deleteSessions: build.mutation<
      DeleteSessionsApiResponse,
      DeleteSessionsApiArg
    >({
      query: (queryArg) => ({
        url: `/api/sessions`,
        method: "DELETE",
        params: {
          all: queryArg.all,
        },
      }),
    }),
    deleteSessionsById: build.mutation<
      DeleteSessionsByIdApiResponse,
      DeleteSessionsByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/sessions/${queryArg.id}`,
        method: "DELETE",
      }),
    }),
    getAccountMethods: build.query<
      GetAccountMethodsApiResponse,
      GetAccountMethodsApiArg
    >({
      query: () => ({ url: `/api/account/methods` }),
    }),
    postAccountPasskeysOptions: build.mutation<
      PostAccountPasskeysOptionsApiResponse,
      PostAccountPasskeysOptionsApiArg
    >({
      query: () => ({ url: `/api/account/passkeys/options`, method: "POST" }),
    }),
    postAccountPasskeys: build.mutation<
      PostAccountPasskeysApiResponse,
      PostAccountPasskeysApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/passkeys`,
        method: "POST",
        body: queryArg.newPasskeyRequest,
      }),
    }),
    patchAccountPasskeysById: build.mutation<
      PatchAccountPasskeysByIdApiResponse,
      PatchAccountPasskeysByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/passkeys/${queryArg.id}`,
        method: "PATCH",
        body: queryArg.passkeyName,
      }),
    }),
    deleteAccountPasskeysById: build.mutation<
      DeleteAccountPasskeysByIdApiResponse,
      DeleteAccountPasskeysByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/passkeys/${queryArg.id}`,
        method: "DELETE",
      }),
    }),
    postAccountTotp: build.mutation<
      PostAccountTotpApiResponse,
      PostAccountTotpApiArg
    >({
      query: () => ({ url: `/api/account/totp`, method: "POST" }),
    }),
    deleteAccountTotp: build.mutation<
      DeleteAccountTotpApiResponse,
      DeleteAccountTotpApiArg
    >({
      query: () => ({ url: `/api/account/totp`, method: "DELETE" }),
    }),
    postAccountTotpByCeremony: build.mutation<
      PostAccountTotpByCeremonyApiResponse,
      PostAccountTotpByCeremonyApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/totp/${queryArg.ceremony}`,
        method: "POST",
        body: queryArg.totpCode,
      }),
    }),
    postAccountRecoveryCodes: build.mutation<
      PostAccountRecoveryCodesApiResponse,
      PostAccountRecoveryCodesApiArg
    >({
      query: () => ({ url: `/api/account/recovery-codes`, method: "POST" }),
    }),
    putAccountSecondFactor: build.mutation<
      PutAccountSecondFactorApiResponse,
      PutAccountSecondFactorApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/second-factor`,
        method: "PUT",
        body: queryArg.secondFactorChoice,
      }),
    }),
    deleteAccountPassword: build.mutation<
      DeleteAccountPasswordApiResponse,
      DeleteAccountPasswordApiArg
    >({
      query: () => ({ url: `/api/account/password`, method: "DELETE" }),
    }),
    deleteAccountTrustedDevicesById: build.mutation<
      DeleteAccountTrustedDevicesByIdApiResponse,
      DeleteAccountTrustedDevicesByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/trusted-devices/${queryArg.id}`,
        method: "DELETE",
      }),
    }),
    getAccountApiKeys: build.query<
      GetAccountApiKeysApiResponse,
      GetAccountApiKeysApiArg
    >({
      query: () => ({ url: `/api/account/api-keys` }),
    }),
    postAccountApiKeys: build.mutation<
      PostAccountApiKeysApiResponse,
      PostAccountApiKeysApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/api-keys`,
        method: "POST",
        body: queryArg.newApiKeyRequest,
      }),
    }),
    deleteAccountApiKeysById: build.mutation<
      DeleteAccountApiKeysByIdApiResponse,
      DeleteAccountApiKeysByIdApiArg
    >({
      query: (queryArg) => ({
        url: `/api/account/api-keys/${queryArg.id}`,
        method: "DELETE",
      }),
    }),
  }),
  overrideExisting: false,
});
export { injectedRtkApi as generated };
export type GetConfigApiResponse =
  /** status 200 The configuration that pages need before sign-in. `compatibility`: the profiles that are on. */ ConfigView;
export type GetConfigApiArg = void;
export type GetHelloWorldApiResponse = /** status 200 The document. */ string;
export type GetHelloWorldApiArg = void;
export type GetDevMailboxJsonApiResponse =
  /** status 200 The document. */ MailView[];
export type GetDevMailboxJsonApiArg = void;
export type GetDevMailboxByIdApiResponse =
  /** status 200 The document. */ string;
export type GetDevMailboxByIdApiArg = {
  id: string;
};
export type GetDevConnectJsonApiResponse =
  /** status 200 The guides for all frameworks and proxies, with this server's address filled in. `packages` is empty where `make setup` did not run. */ ConnectView;
export type GetDevConnectJsonApiArg = void;
export type GetDevCallsJsonApiResponse =
  /** status 200 The latest calls of programs and proxies, newest first. */ RecentCallsView;
export type GetDevCallsJsonApiArg = void;
export type PostLoginApiResponse =
  /** status 200 `needs_step`: one of `steps` comes next. `waiting`: an email was sent, or its link not confirmed yet; poll again. `signed_in`: the session has started, as a cookie or as tokens. */ LoginAnswer;
export type PostLoginApiArg = {
  loginStart: LoginStart;
};
export type PostLoginByAttemptStepsApiResponse =
  /** status 200 `needs_step`: one of `steps` comes next. `waiting`: an email was sent, or its link not confirmed yet; poll again. `signed_in`: the session has started, as a cookie or as tokens. */ LoginAnswer;
export type PostLoginByAttemptStepsApiArg = {
  attempt: string;
  body:
    | PasswordStep
    | PasskeyStep
    | TotpStep
    | RecoveryCodeStep
    | EmailLinkStep
    | EmailCodeStep
    | TotpEnrolmentStep
    | PasskeyEnrolmentStep
    | SkipEnrolmentStep
    | FactorRecoveryStep;
};
export type PostLoginLinksApiResponse =
  /** status 200 Where the sign-in was begun. `here`: in this browser, by this attempt. */ LinkView;
export type PostLoginLinksApiArg = {
  linkRequest: LinkRequest;
};
export type PostRegistrationApiResponse =
  /** status 200 The options for a passkey: pass `publicKey` to the browser's credential API, and send what it returns to /api/registration/{attempt}. */ PasskeyRegistration;
export type PostRegistrationApiArg = {
  passkeyRegistrationRequest: PasskeyRegistrationRequest;
};
export type PostRegistrationByAttemptApiResponse =
  | /** status 200 `needs_step`: one of `steps` comes next. `waiting`: an email was sent, or its link not confirmed yet; poll again. `signed_in`: the session has started, as a cookie or as tokens. */ LoginAnswer
  | /** status 202 The answer of private registration, the same for new and registered addresses. An email says how to go on. `user` is null: no one is signed in. */ RegistrationReceived;
export type PostRegistrationByAttemptApiArg = {
  attempt: string;
  finishPasskeyRegistration: FinishPasskeyRegistration;
};
export type GetCsrfRestoreApiResponse =
  /** status 200 The CSRF token, also set as the cookie XSRF-TOKEN. */ CsrfView;
export type GetCsrfRestoreApiArg = void;
export type PostUsersApiResponse =
  | /** status 201 Signed in with a cookie session. */ BrowserLogin
  | /** status 202 The answer of private registration, the same for new and registered addresses. An email says how to go on. `user` is null: no one is signed in. */ RegistrationReceived;
export type PostUsersApiArg = {
  registrationRequest: RegistrationRequest;
};
export type GetSessionApiResponse =
  /** status 200 The signed-in user and the session; `user` is null if no one is signed in. `aal` is the assurance level. */ CurrentSession;
export type GetSessionApiArg = void;
export type PostSessionApiResponse =
  /** status 200 Signed in with a cookie session. */ BrowserLogin;
export type PostSessionApiArg = {
  loginRequest: LoginRequest;
};
export type DeleteSessionApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteSessionApiArg = void;
export type PostAuthRegisterApiResponse =
  | /** status 201 The user was created. */ RegisteredUser
  | /** status 202 The answer of private registration, the same for new and registered addresses. An email says how to go on. `user` is null: no one is signed in. */ RegistrationReceived;
export type PostAuthRegisterApiArg = {
  registrationRequest: RegistrationRequest;
};
export type PostAuthLoginApiResponse =
  /** status 200 Signed in with a token session. `refreshToken` is null if it was set as a cookie; `expiresIn` is in seconds. */ TokenLogin;
export type PostAuthLoginApiArg = {
  tokenLoginRequest: TokenLoginRequest;
};
export type PostAuthRefreshApiResponse =
  /** status 200 A new token pair. `refreshToken` is null if it was set as a cookie; `expiresIn` is in seconds. */ RefreshedTokens;
export type PostAuthRefreshApiArg = {
  refreshRequest: RefreshRequest;
};
export type PostAuthLogoutApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAuthLogoutApiArg = {
  logoutRequest: LogoutRequest;
};
export type GetAuthProfileApiResponse =
  /** status 200 The caller's account. */ AccountView;
export type GetAuthProfileApiArg = void;
export type PostAuthForgotPasswordApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAuthForgotPasswordApiArg = {
  forgotPasswordRequest: ForgotPasswordRequest;
};
export type PostAuthResetPasswordApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAuthResetPasswordApiArg = {
  resetPasswordRequest: ResetPasswordRequest;
};
export type PostAuthVerifyEmailApiResponse =
  /** status 200 The email address is confirmed. */ VerifiedEmail;
export type PostAuthVerifyEmailApiArg = {
  verifyEmailRequest: VerifyEmailRequest;
};
export type PostAuthResendCodeApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAuthResendCodeApiArg = {
  resendCodeRequest: ResendCodeRequest;
};
export type PostAuthChangePasswordApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAuthChangePasswordApiArg = {
  changePasswordRequest: ChangePasswordRequest;
};
export type GetAccountApiResponse =
  /** status 200 The caller's account. */ AccountView;
export type GetAccountApiArg = void;
export type PatchAccountApiResponse =
  /** status 200 The account after the change. `pendingEmail` is a new address that has to be confirmed, or null. */ AccountChanged;
export type PatchAccountApiArg = {
  accountChange: AccountChange;
};
export type DeleteAccountApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountApiArg = {
  deleteAccountRequest: DeleteAccountRequest;
};
export type GetAccountActivityApiResponse =
  /** status 200 A page of events, newest first. `next` is the value of `before` for the next page; null on the last one. */ ActivityPage;
export type GetAccountActivityApiArg = {
  before?: string;
  limit?: number;
};
export type GetAccountExportApiResponse =
  /** status 200 The document. */ object;
export type GetAccountExportApiArg = void;
export type PostAccountLockdownApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAccountLockdownApiArg = void;
export type PostAccountNotMeApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAccountNotMeApiArg = {
  tokenRequest: TokenRequest;
};
export type PostAccountUndoEmailApiResponse =
  /** status 200 The email address was changed back; `email` is the address of the account now. */ UndoneEmail;
export type PostAccountUndoEmailApiArg = {
  tokenRequest: TokenRequest;
};
export type PostAccountRestoreApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAccountRestoreApiArg = {
  tokenRequest: TokenRequest;
};
export type PostAccountCancelRecoveryApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PostAccountCancelRecoveryApiArg = {
  cancelRecoveryRequest: CancelRecoveryRequest;
};
export type GetSessionsApiResponse =
  /** status 200 The caller's live sessions, last seen first. */ SessionList;
export type GetSessionsApiArg = void;
export type DeleteSessionsApiResponse =
  /** status 200 Sessions were ended; `ended` is their number. */ SessionsEnded;
export type DeleteSessionsApiArg = {
  all?: boolean;
};
export type DeleteSessionsByIdApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteSessionsByIdApiArg = {
  id: string;
};
export type GetAccountMethodsApiResponse =
  /** status 200 The sign-in methods of the account. `secondFactor`: the user wants one; `required`: the operator demands one. */ MethodsView;
export type GetAccountMethodsApiArg = void;
export type PostAccountPasskeysOptionsApiResponse =
  /** status 200 The options for a new passkey: pass `publicKey` to the browser's credential API, and send what it returns with `ceremony`. */ CeremonyView;
export type PostAccountPasskeysOptionsApiArg = void;
export type PostAccountPasskeysApiResponse =
  /** status 201 The passkey was added. */ PasskeyAdded;
export type PostAccountPasskeysApiArg = {
  newPasskeyRequest: NewPasskeyRequest;
};
export type PatchAccountPasskeysByIdApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PatchAccountPasskeysByIdApiArg = {
  id: string;
  passkeyName: PasskeyName;
};
export type DeleteAccountPasskeysByIdApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountPasskeysByIdApiArg = {
  id: string;
};
export type PostAccountTotpApiResponse =
  /** status 200 The seed for an authenticator app: as text, as an otpauth address (`uri`), and as its QR code in SVG. */ SeedView;
export type PostAccountTotpApiArg = void;
export type DeleteAccountTotpApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountTotpApiArg = void;
export type PostAccountTotpByCeremonyApiResponse =
  /** status 201 The new recovery codes, which are returned only once; empty if the account has codes already. */ RecoveryCodesView;
export type PostAccountTotpByCeremonyApiArg = {
  ceremony: string;
  totpCode: TotpCode;
};
export type PostAccountRecoveryCodesApiResponse =
  /** status 201 The new recovery codes, which are returned only once; empty if the account has codes already. */ RecoveryCodesView;
export type PostAccountRecoveryCodesApiArg = void;
export type PutAccountSecondFactorApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type PutAccountSecondFactorApiArg = {
  secondFactorChoice: SecondFactorChoice;
};
export type DeleteAccountPasswordApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountPasswordApiArg = void;
export type DeleteAccountTrustedDevicesByIdApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountTrustedDevicesByIdApiArg = {
  id: string;
};
export type GetAccountApiKeysApiResponse =
  /** status 200 The API keys, newest first, and the scopes that a new one may have. */ ApiKeysView;
export type GetAccountApiKeysApiArg = void;
export type PostAccountApiKeysApiResponse =
  /** status 201 The new API key. `secret` is returned only once. */ ApiKeyMade;
export type PostAccountApiKeysApiArg = {
  newApiKeyRequest: NewApiKeyRequest;
};
export type DeleteAccountApiKeysByIdApiResponse =
  /** status 200 The request succeeded; the response carries no further data. */ Done;
export type DeleteAccountApiKeysByIdApiArg = {
  id: string;
};
export type FieldKind = "boolean" | "choice" | "date" | "number" | "text";
export type ProfileFieldView = {
  name: string;
  kind: FieldKind;
  required: boolean;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
};
export type ConfigView = {
  product: string;
  registration: string;
  development: boolean;
  languages: string[];
  passwordMinLength: number;
  loginMethods: string[];
  trustedDeviceDays: number;
  deletionGraceDays: number;
  compatibility: string[];
  profileFields: ProfileFieldView[];
};
export type NoOptions = {};
export type PasswordOffer = {
  method: "password";
  options: NoOptions;
};
export type PasskeyOptions = {
  publicKey: object;
};
export type PasskeyOffer = {
  method: "passkey";
  options: PasskeyOptions;
};
export type TotpOffer = {
  method: "totp";
  options: NoOptions;
};
export type RecoveryCodeOffer = {
  method: "recovery_code";
  options: NoOptions;
};
export type EmailLinkOffer = {
  method: "email_link";
  options: NoOptions;
};
export type EmailCodeOffer = {
  method: "email_code";
  options: NoOptions;
};
export type SeedOptions = {
  secret: string;
  uri: string;
  qr: string;
};
export type TotpEnrolmentOffer = {
  method: "totp_enrolment";
  options: SeedOptions;
};
export type PasskeyEnrolmentOffer = {
  method: "passkey_enrolment";
  options: PasskeyOptions;
};
export type SkipOptions = {
  until: string;
};
export type SkipEnrolmentOffer = {
  method: "skip_enrolment";
  options: SkipOptions;
};
export type RecoveryOptions = {
  delay: number;
  readyAt?: string;
  ready?: boolean;
};
export type FactorRecoveryOffer = {
  method: "factor_recovery";
  options: RecoveryOptions;
};
export type ProblemAttempt = {
  id: string;
  expiresAt: string;
  secret?: string | null;
  methods: string[];
  steps: (
    | PasswordOffer
    | PasskeyOffer
    | TotpOffer
    | RecoveryCodeOffer
    | EmailLinkOffer
    | EmailCodeOffer
    | TotpEnrolmentOffer
    | PasskeyEnrolmentOffer
    | SkipEnrolmentOffer
    | FactorRecoveryOffer
  )[];
};
export type Problem = {
  type: string;
  title: string;
  status: number;
  /** Stable; docs/errors.md lists all. */
  code: string;
  detail: string;
  /** For people: the sentences of the fields at fault, or `detail` when no field is. */
  message: string;
  /** Field: sentence. When no field is at fault: `message`, except at OAuth's addresses. */
  errors: {
    [key: string]: string;
  };
  /** Field: code. */
  errorCodes: {
    [key: string]: string;
  };
  success: boolean;
  requestId: string;
  /** With mfa_required and reauth_required: the attempt to run. */
  attempt?: ProblemAttempt;
  /** With proof_of_work_required: the puzzle to solve, and how many zero bits the answer has. */
  challenge?: {
    algorithm: "SHA-256";
    bits: number;
    puzzle: string;
  };
  /** Development only. */
  fix?: string;
  /** Development only. */
  docs?: string;
  /** Development only. */
  stack?: string;
};
export type MailView = {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  links: string[];
  codes: string[];
  sentAt: string;
};
export type SnippetView = {
  language: string;
  purpose: string;
  file: string;
  text: string;
};
export type GuideView = {
  id: string;
  title: string;
  kind: string;
  blocks: SnippetView[];
};
export type PackageView = {
  name: string;
  file: string;
  address: string;
  sha256: string;
};
export type ConnectView = {
  issuer: string;
  guides: GuideView[];
  packages: PackageView[];
};
export type RecentCallView = {
  number: number;
  method: string;
  path: string;
  status: number;
  agent: string;
};
export type RecentCallsView = {
  calls: RecentCallView[];
};
export type AttemptView = {
  id: string;
  expiresAt: string;
  secret?: string | null;
};
export type SafeUser = {
  id: string;
  username: string;
  email: string;
  emailVerified: boolean;
  name: string | null;
  firstName: string | null;
  lastName: string | null;
  locale: string | null;
  timeZone: string | null;
  profile: {
    [key: string]: string | number | number | boolean;
  };
  roles: string[];
  createdAt: string;
  lastLoginAt: string | null;
};
export type LoginAnswer = {
  status: "needs_step" | "signed_in" | "waiting";
  attempt?: AttemptView | null;
  steps?:
    | (
        | PasswordOffer
        | PasskeyOffer
        | TotpOffer
        | RecoveryCodeOffer
        | EmailLinkOffer
        | EmailCodeOffer
        | TotpEnrolmentOffer
        | PasskeyEnrolmentOffer
        | SkipEnrolmentOffer
        | FactorRecoveryOffer
      )[]
    | null;
  user?: SafeUser | null;
  accessToken?: string | null;
  refreshToken?: string | null;
  expiresIn?: number | null;
  tokenType?: string | null;
};
export type SessionType = "cookie" | "token";
export type LoginStart = {
  identifier?: string;
  sessionType?: SessionType;
  tokenDelivery?: "body" | "cookie";
};
export type PasswordStep = {
  method: "password";
  secret?: string | null;
  rememberDevice?: boolean;
  password: string;
};
export type PasskeyStep = {
  method: "passkey";
  secret?: string | null;
  rememberDevice?: boolean;
  credential?: object | null;
};
export type TotpStep = {
  method: "totp";
  secret?: string | null;
  rememberDevice?: boolean;
  code: string;
};
export type RecoveryCodeStep = {
  method: "recovery_code";
  secret?: string | null;
  rememberDevice?: boolean;
  code: string;
};
export type EmailLinkStep = {
  method: "email_link";
  secret?: string | null;
  rememberDevice?: boolean;
  send?: boolean;
};
export type EmailCodeStep = {
  method: "email_code";
  secret?: string | null;
  rememberDevice?: boolean;
  code?: string | null;
};
export type TotpEnrolmentStep = {
  method: "totp_enrolment";
  secret?: string | null;
  rememberDevice?: boolean;
  code: string;
};
export type PasskeyEnrolmentStep = {
  method: "passkey_enrolment";
  secret?: string | null;
  rememberDevice?: boolean;
  credential?: object | null;
  name?: string;
};
export type SkipEnrolmentStep = {
  method: "skip_enrolment";
  secret?: string | null;
  rememberDevice?: boolean;
};
export type FactorRecoveryStep = {
  method: "factor_recovery";
  secret?: string | null;
  rememberDevice?: boolean;
  confirm?: boolean;
};
export type LinkView = {
  confirmed: boolean;
  device: string;
  ip: string;
  at: string;
  here: boolean;
  attempt: string;
};
export type LinkRequest = {
  token: string;
  confirm?: boolean;
};
export type PasskeyRegistration = {
  attempt: AttemptView;
  publicKey: object;
};
export type PasskeyRegistrationRequest = {
  username: string;
  email: string;
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  profile?: object;
  sessionType?: SessionType;
};
export type RegistrationReceived = {
  message: string;
  user?: null;
  success?: boolean;
};
export type FinishPasskeyRegistration = {
  credential: object;
  name?: string;
  secret?: string | null;
};
export type CsrfView = {
  "XSRF-Token": string;
};
export type BrowserLogin = {
  user: SafeUser;
};
export type RegistrationRequest = {
  username: string;
  email: string;
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  profile?: object;
  password: string;
};
export type CurrentSession = {
  user: SafeUser | null;
  sessionId?: string | null;
  expiresAt?: string | null;
  aal?: number | null;
};
export type LoginRequest = {
  credential?: string | null;
  email?: string | null;
  username?: string | null;
  password: string;
};
export type Done = {
  message: string;
  success?: boolean;
};
export type RegisteredUser = {
  user: SafeUser;
  success?: boolean;
};
export type TokenLogin = {
  user: SafeUser;
  accessToken: string;
  refreshToken: string | null;
  expiresIn: number;
  tokenType?: string;
  success?: boolean;
};
export type TokenLoginRequest = {
  credential?: string | null;
  email?: string | null;
  username?: string | null;
  password: string;
  tokenDelivery?: "body" | "cookie";
};
export type RefreshedTokens = {
  accessToken: string;
  refreshToken: string | null;
  expiresIn: number;
  tokenType?: string;
  success?: boolean;
};
export type RefreshRequest = {
  refreshToken?: string | null;
  refresh_token?: string | null;
};
export type LogoutRequest = {
  refreshToken?: string | null;
  refresh_token?: string | null;
};
export type AccountView = {
  user: SafeUser;
  success?: boolean;
};
export type ForgotPasswordRequest = {
  userEmail?: string | null;
  email?: string | null;
};
export type ResetPasswordRequest = {
  token: string;
  password: string;
};
export type VerifiedEmail = {
  user: SafeUser;
  message: string;
  success?: boolean;
};
export type VerifyEmailRequest = {
  email?: string | null;
  code?: string | null;
  token?: string | null;
  keepFactors?: boolean;
};
export type ResendCodeRequest = {
  email: string;
};
export type ChangePasswordRequest = {
  newPassword: string;
  currentPassword?: string | null;
};
export type AccountChanged = {
  user: SafeUser;
  pendingEmail: string | null;
  success?: boolean;
};
export type AccountChange = {
  username?: string;
  name?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  locale?: string | null;
  timeZone?: string | null;
  profile?: object;
  email?: string;
  currentPassword?: string;
};
export type DeleteAccountRequest = {
  password?: string | null;
};
export type ActivityEvent = {
  id: string;
  action: string;
  at: string;
  device: string;
  ip: string;
  sessionId: string | null;
  byYou: boolean;
  detail: object;
};
export type ActivityPage = {
  events: ActivityEvent[];
  next: string | null;
};
export type TokenRequest = {
  token: string;
};
export type UndoneEmail = {
  email: string;
  message: string;
  success?: boolean;
};
export type CancelRecoveryRequest = {
  token?: string;
};
export type SessionView = {
  id: string;
  current: boolean;
  sessionType: string;
  device: string;
  ip: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
};
export type SessionList = {
  sessions: SessionView[];
};
export type SessionsEnded = {
  message: string;
  ended: number;
  success?: boolean;
};
export type PasskeyView = {
  id: string;
  name: string;
  authenticator: string;
  synced: boolean;
  credentialId: string;
  createdAt: string;
  lastUsedAt: string | null;
};
export type TotpView = {
  createdAt: string;
  lastUsedAt: string | null;
};
export type TrustedDeviceView = {
  id: string;
  device: string;
  ip: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
};
export type RecoveryView = {
  requestedAt: string;
  readyAt: string;
};
export type MethodsView = {
  password: boolean;
  passkeys: PasskeyView[];
  totp: TotpView | null;
  recoveryCodesLeft: number;
  secondFactor: boolean;
  required: boolean;
  trustedDevices: TrustedDeviceView[];
  recovery: RecoveryView | null;
  rpId: string;
  userHandle: string;
};
export type CeremonyView = {
  ceremony: string;
  publicKey: object;
};
export type PasskeyAdded = {
  passkey: PasskeyView;
  success?: boolean;
};
export type NewPasskeyRequest = {
  ceremony: string;
  credential: object;
  name?: string;
  conditional?: boolean;
};
export type PasskeyName = {
  name: string;
};
export type SeedView = {
  ceremony: string;
  secret: string;
  uri: string;
  qr: string;
};
export type RecoveryCodesView = {
  recoveryCodes: string[];
  success?: boolean;
};
export type TotpCode = {
  code: string;
};
export type SecondFactorChoice = {
  required: boolean;
};
export type ApiKeyView = {
  id: string;
  name: string;
  hint: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
};
export type OfferedScope = {
  scope: string;
  api: string;
};
export type ApiKeysView = {
  apiKeys: ApiKeyView[];
  scopes: OfferedScope[];
};
export type ApiKeyMade = {
  apiKey: ApiKeyView;
  secret: string;
  success?: boolean;
};
export type NewApiKeyRequest = {
  name: string;
  scopes?: string[];
  expiresInDays?: number | null;
};
export const {
  useGetConfigQuery,
  useGetHelloWorldQuery,
  useGetDevMailboxJsonQuery,
  useGetDevMailboxByIdQuery,
  useGetDevConnectJsonQuery,
  useGetDevCallsJsonQuery,
  usePostLoginMutation,
  usePostLoginByAttemptStepsMutation,
  usePostLoginLinksMutation,
  usePostRegistrationMutation,
  usePostRegistrationByAttemptMutation,
  useGetCsrfRestoreQuery,
  usePostUsersMutation,
  useGetSessionQuery,
  usePostSessionMutation,
  useDeleteSessionMutation,
  usePostAuthRegisterMutation,
  usePostAuthLoginMutation,
  usePostAuthRefreshMutation,
  usePostAuthLogoutMutation,
  useGetAuthProfileQuery,
  usePostAuthForgotPasswordMutation,
  usePostAuthResetPasswordMutation,
  usePostAuthVerifyEmailMutation,
  usePostAuthResendCodeMutation,
  usePostAuthChangePasswordMutation,
  useGetAccountQuery,
  usePatchAccountMutation,
  useDeleteAccountMutation,
  useGetAccountActivityQuery,
  useGetAccountExportQuery,
  usePostAccountLockdownMutation,
  usePostAccountNotMeMutation,
  usePostAccountUndoEmailMutation,
  usePostAccountRestoreMutation,
  usePostAccountCancelRecoveryMutation,
  useGetSessionsQuery,
  useDeleteSessionsMutation,
  useDeleteSessionsByIdMutation,
  useGetAccountMethodsQuery,
  usePostAccountPasskeysOptionsMutation,
  usePostAccountPasskeysMutation,
  usePatchAccountPasskeysByIdMutation,
  useDeleteAccountPasskeysByIdMutation,
  usePostAccountTotpMutation,
  useDeleteAccountTotpMutation,
  usePostAccountTotpByCeremonyMutation,
  usePostAccountRecoveryCodesMutation,
  usePutAccountSecondFactorMutation,
  useDeleteAccountPasswordMutation,
  useDeleteAccountTrustedDevicesByIdMutation,
  useGetAccountApiKeysQuery,
  usePostAccountApiKeysMutation,
  useDeleteAccountApiKeysByIdMutation,
} = injectedRtkApi;
