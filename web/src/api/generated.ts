import { api } from "./base";
const injectedRtkApi = api.injectEndpoints({
  endpoints: (build) => ({
    getHealth: build.query<GetHealthApiResponse, GetHealthApiArg>({
      query: () => ({ url: `/health` }),
    }),
    getHealthReady: build.query<
      GetHealthReadyApiResponse,
      GetHealthReadyApiArg
    >({
      query: () => ({ url: `/health/ready` }),
    }),
    getMetrics: build.query<GetMetricsApiResponse, GetMetricsApiArg>({
      query: () => ({ url: `/metrics` }),
    }),
    getWellKnownJwksJson: build.query<
      GetWellKnownJwksJsonApiResponse,
      GetWellKnownJwksJsonApiArg
    >({
      query: () => ({ url: `/.well-known/jwks.json` }),
    }),
    getWellKnownChangePassword: build.query<
      GetWellKnownChangePasswordApiResponse,
      GetWellKnownChangePasswordApiArg
    >({
      query: () => ({ url: `/.well-known/change-password` }),
    }),
    getConfig: build.query<GetConfigApiResponse, GetConfigApiArg>({
      query: () => ({ url: `/api/config` }),
    }),
    getOpenapiJson: build.query<
      GetOpenapiJsonApiResponse,
      GetOpenapiJsonApiArg
    >({
      query: () => ({ url: `/api/openapi.json` }),
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
  }),
  overrideExisting: false,
});
export { injectedRtkApi as generated };
export type GetHealthApiResponse =
  /** status 200 The process answers. */ HealthView;
export type GetHealthApiArg = void;
export type GetHealthReadyApiResponse =
  /** status 200 What works: `status` is ok, degraded (mail is late) or unavailable. */ ReadinessView;
export type GetHealthReadyApiArg = void;
export type GetMetricsApiResponse = /** status 200 The document. */ string;
export type GetMetricsApiArg = void;
export type GetWellKnownJwksJsonApiResponse =
  /** status 200 Public keys (RFC 7517). */ JwksView;
export type GetWellKnownJwksJsonApiArg = void;
export type GetWellKnownChangePasswordApiResponse = unknown;
export type GetWellKnownChangePasswordApiArg = void;
export type GetConfigApiResponse =
  /** status 200 What the pages need to know. */ ConfigView;
export type GetConfigApiArg = void;
export type GetOpenapiJsonApiResponse = /** status 200 The document. */ object;
export type GetOpenapiJsonApiArg = void;
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
export type GetCsrfRestoreApiResponse =
  /** status 200 The CSRF token, also set as the cookie XSRF-TOKEN. */ CsrfView;
export type GetCsrfRestoreApiArg = void;
export type PostUsersApiResponse =
  | /** status 201 Signed in through the browser door. */ BrowserLogin
  | /** status 202 Private registration: the answer for new and known addresses alike. */ RegistrationReceived;
export type PostUsersApiArg = {
  registrationRequest: RegistrationRequest;
};
export type GetSessionApiResponse =
  /** status 200 Who is signed in here; null when nobody is. */ CurrentSession;
export type GetSessionApiArg = void;
export type PostSessionApiResponse =
  /** status 200 Signed in through the browser door. */ BrowserLogin;
export type PostSessionApiArg = {
  loginRequest: LoginRequest;
};
export type DeleteSessionApiResponse = /** status 200 It happened. */ Done;
export type DeleteSessionApiArg = void;
export type PostAuthRegisterApiResponse =
  | /** status 201 There is a new user. */ RegisteredUser
  | /** status 202 Private registration: the answer for new and known addresses alike. */ RegistrationReceived;
export type PostAuthRegisterApiArg = {
  registrationRequest: RegistrationRequest;
};
export type PostAuthLoginApiResponse =
  /** status 200 Signed in through the token door. `refreshToken` is absent when it travels in the cookie. */ TokenLogin;
export type PostAuthLoginApiArg = {
  tokenLoginRequest: TokenLoginRequest;
};
export type PostAuthRefreshApiResponse =
  /** status 200 A new pair. */ RefreshedTokens;
export type PostAuthRefreshApiArg = {
  refreshRequest: RefreshRequest;
};
export type PostAuthLogoutApiResponse = /** status 200 It happened. */ Done;
export type PostAuthLogoutApiArg = {
  logoutRequest: LogoutRequest;
};
export type GetAuthProfileApiResponse =
  /** status 200 The own account. */ AccountView;
export type GetAuthProfileApiArg = void;
export type PostAuthForgotPasswordApiResponse =
  /** status 200 It happened. */ Done;
export type PostAuthForgotPasswordApiArg = {
  forgotPasswordRequest: ForgotPasswordRequest;
};
export type PostAuthResetPasswordApiResponse =
  /** status 200 It happened. */ Done;
export type PostAuthResetPasswordApiArg = {
  resetPasswordRequest: ResetPasswordRequest;
};
export type PostAuthVerifyEmailApiResponse =
  /** status 200 The address is proved. */ VerifiedEmail;
export type PostAuthVerifyEmailApiArg = {
  verifyEmailRequest: VerifyEmailRequest;
};
export type PostAuthResendCodeApiResponse = /** status 200 It happened. */ Done;
export type PostAuthResendCodeApiArg = {
  resendCodeRequest: ResendCodeRequest;
};
export type PostAuthChangePasswordApiResponse =
  /** status 200 It happened. */ Done;
export type PostAuthChangePasswordApiArg = {
  changePasswordRequest: ChangePasswordRequest;
};
export type GetAccountApiResponse =
  /** status 200 The own account. */ AccountView;
export type GetAccountApiArg = void;
export type PatchAccountApiResponse =
  /** status 200 The account after the change. `pendingEmail` waits for its confirmation. */ AccountChanged;
export type PatchAccountApiArg = {
  accountChange: AccountChange;
};
export type DeleteAccountApiResponse = /** status 200 It happened. */ Done;
export type DeleteAccountApiArg = {
  deleteAccountRequest: DeleteAccountRequest;
};
export type GetAccountActivityApiResponse =
  /** status 200 Newest first; `next` is the `before` of the next page. */ ActivityPage;
export type GetAccountActivityApiArg = {
  before?: string;
  limit?: number;
};
export type GetSessionsApiResponse =
  /** status 200 The live sessions, last seen first. */ SessionList;
export type GetSessionsApiArg = void;
export type DeleteSessionsApiResponse =
  /** status 200 How many sessions ended. */ SessionsEnded;
export type DeleteSessionsApiArg = {
  all?: boolean;
};
export type DeleteSessionsByIdApiResponse = /** status 200 It happened. */ Done;
export type DeleteSessionsByIdApiArg = {
  id: string;
};
export type HealthView = {
  status: string;
};
export type ReadinessView = {
  status: string;
  checks: {
    [key: string]: boolean;
  };
  outboxAgeSeconds: number;
  deadLetters: number;
};
export type Problem = {
  type: string;
  title: string;
  status: number;
  /** Stable; docs/errors.md lists all. */
  code: string;
  detail: string;
  /** The same sentence as `detail`. */
  message: string;
  /** Field: sentence. */
  errors: {
    [key: string]: string;
  };
  /** Field: code. */
  errorCodes: {
    [key: string]: string;
  };
  success: boolean;
  requestId: string;
  /** With mfa_required: the attempt to continue. */
  attempt?: object;
  /** Development only. */
  fix?: string;
  /** Development only. */
  docs?: string;
  /** Development only. */
  stack?: string;
};
export type JwksView = {
  keys: object[];
};
export type ConfigView = {
  product: string;
  registration: string;
  development: boolean;
  languages: string[];
  passwordMinLength: number;
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
export type CsrfView = {
  "XSRF-Token": string;
};
export type SafeUser = {
  id: string;
  username: string;
  email: string;
  emailVerified: boolean;
  name: string | null;
  locale: string | null;
  timeZone: string | null;
  roles: string[];
  createdAt: string;
  lastLoginAt: string | null;
};
export type BrowserLogin = {
  user: SafeUser;
};
export type RegistrationReceived = {
  message: string;
  success?: boolean;
};
export type RegistrationRequest = {
  username: string;
  email: string;
  password: string;
};
export type CurrentSession = {
  user: SafeUser | null;
  sessionId?: string | null;
  expiresAt?: string | null;
};
export type LoginRequest = {
  password: string;
  credential?: string | null;
  email?: string | null;
  username?: string | null;
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
  password: string;
  credential?: string | null;
  email?: string | null;
  username?: string | null;
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
};
export type LogoutRequest = {
  refreshToken?: string | null;
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
};
export type ResendCodeRequest = {
  email: string;
};
export type ChangePasswordRequest = {
  currentPassword: string;
  newPassword: string;
};
export type AccountChanged = {
  user: SafeUser;
  pendingEmail: string | null;
  success?: boolean;
};
export type AccountChange = {
  username?: string;
  name?: string | null;
  locale?: string | null;
  timeZone?: string | null;
  email?: string;
  currentPassword?: string;
};
export type DeleteAccountRequest = {
  password: string;
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
export type SessionView = {
  id: string;
  current: boolean;
  door: string;
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
export const {
  useGetHealthQuery,
  useGetHealthReadyQuery,
  useGetMetricsQuery,
  useGetWellKnownJwksJsonQuery,
  useGetWellKnownChangePasswordQuery,
  useGetConfigQuery,
  useGetOpenapiJsonQuery,
  useGetHelloWorldQuery,
  useGetDevMailboxJsonQuery,
  useGetDevMailboxByIdQuery,
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
  useGetSessionsQuery,
  useDeleteSessionsMutation,
  useDeleteSessionsByIdMutation,
} = injectedRtkApi;
