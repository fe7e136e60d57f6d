/** The generated endpoints with their cache tags, and the few that differ between the session types. */
import { sessionType } from "../app/config";
import {
  generated,
  type LoginAnswer,
  type PasskeyRegistration,
  type PasskeyRegistrationRequest,
  type RegistrationRequest,
  type SafeUser,
} from "./generated";
import { noteSession } from "./sessionEnd";
import { forgetTokens, hasAccessToken, keepAccessToken, refresh } from "./tokenSession";

export type {
  ActivityEvent,
  ApiKeyView,
  LoginAnswer,
  MailView,
  MethodsView,
  PasskeyView,
  ProfileFieldView,
  SafeUser,
  SessionView,
  StepView,
} from "./generated";

/** A step of a sign-in as it is sent: its method, and the members of its proof. */
export interface Step {
  method: string;
  [member: string]: unknown;
}

export interface Credentials {
  credential: string;
  password: string;
}

const chosen = sessionType === "token" ? { sessionType, tokenDelivery: "cookie" } : { sessionType };
/** The secrets that bind attempts to this page in a token session; a cookie session has a cookie for that. */
const secrets = new Map<string, string>();

function kept(answer: LoginAnswer): LoginAnswer {
  if (answer.accessToken) keepAccessToken(answer.accessToken);
  if (answer.attempt?.secret) secrets.set(answer.attempt.id, answer.attempt.secret);
  return answer;
}

const tagged = generated.enhanceEndpoints({
  addTagTypes: ["User", "Sessions", "Activity", "Methods", "ApiKeys"],
  endpoints: {
    getAccountMethods: { providesTags: ["Methods"] },
    postAccountPasskeys: { invalidatesTags: ["Methods", "Activity"] },
    patchAccountPasskeysById: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountPasskeysById: { invalidatesTags: ["Methods", "Activity"] },
    postAccountTotpByCeremony: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountTotp: { invalidatesTags: ["Methods", "Activity"] },
    postAccountRecoveryCodes: { invalidatesTags: ["Methods", "Activity"] },
    putAccountSecondFactor: { invalidatesTags: ["Methods", "Activity"] },
    deleteAccountPassword: { invalidatesTags: ["Methods", "Sessions", "Activity"] },
    deleteAccountTrustedDevicesById: { invalidatesTags: ["Methods", "Activity"] },
    postAccountCancelRecovery: { invalidatesTags: ["Methods", "Activity"] },
    getAccountApiKeys: { providesTags: ["ApiKeys"] },
    postAccountApiKeys: { invalidatesTags: ["ApiKeys", "Activity"] },
    deleteAccountApiKeysById: { invalidatesTags: ["ApiKeys", "Activity"] },
    getSessions: { providesTags: ["Sessions"] },
    getAccountActivity: { providesTags: ["Activity"] },
    patchAccount: { invalidatesTags: ["User", "Activity"] },
    postAuthVerifyEmail: { invalidatesTags: ["User", "Activity"] },
    postAuthChangePassword: { invalidatesTags: ["Sessions", "Activity", "Methods"] },
    deleteSessions: { invalidatesTags: ["Sessions", "Activity"] },
    deleteSessionsById: { invalidatesTags: ["Sessions", "Activity"] },
  },
});

export const api = tagged.injectEndpoints({
  endpoints: (build) => ({
    /** The signed-in user; null when no one is signed in. */
    currentUser: build.query<SafeUser | null, void>({
      providesTags: ["User"],
      queryFn: async (_, queryApi, extra, send) => {
        if (sessionType === "token" && !hasAccessToken() && !(await refresh(queryApi, extra as object)))
          return { data: null };
        const answer = await send(sessionType === "token" ? "/api/auth/profile" : "/api/session");
        if (answer.error) {
          return (answer.error as { status?: unknown }).status === 401
            ? { data: null }
            : { error: answer.error };
        }
        const found = answer.data as { user: SafeUser | null; expiresAt?: string | null };
        noteSession(found.expiresAt);
        return { data: found.user };
      },
    }),
    /** Begin to sign in; without an identifier for a passkey that names its account. */
    beginLogin: build.mutation<LoginAnswer, string>({
      queryFn: async (identifier, _, __, send) => {
        const answer = await send({ url: "/api/login", method: "POST", body: { identifier, ...chosen } });
        if (answer.error) return { error: answer.error };
        return { data: kept(answer.data as LoginAnswer) };
      },
    }),
    /** Take one step of an attempt. */
    takeStep: build.mutation<LoginAnswer, { attempt: string; step: Step }>({
      invalidatesTags: (answer) =>
        answer?.status === "signed_in" ? ["Sessions", "Activity", "Methods"] : [],
      queryFn: async ({ attempt, step }, _, __, send) => {
        const body = secrets.has(attempt) ? { ...step, secret: secrets.get(attempt) } : step;
        const answer = await send({ url: `/api/login/${attempt}/steps`, method: "POST", body });
        if (answer.error) return { error: answer.error };
        return { data: kept(answer.data as LoginAnswer) };
      },
    }),
    /** Register with a passkey: get its options; `finishPasskeyRegistration` sends the browser's answer to them. */
    beginPasskeyRegistration: build.mutation<PasskeyRegistration, PasskeyRegistrationRequest>({
      queryFn: async (who, _, __, send) => {
        const body = { ...who, sessionType: chosen.sessionType };
        const answer = await send({ url: "/api/registration", method: "POST", body });
        if (answer.error) return { error: answer.error };
        const data = answer.data as PasskeyRegistration;
        if (data.attempt.secret) secrets.set(data.attempt.id, data.attempt.secret);
        return { data };
      },
    }),
    finishPasskeyRegistration: build.mutation<LoginAnswer, { attempt: string; credential: object }>({
      queryFn: async ({ attempt, credential }, _, __, send) => {
        const body = secrets.has(attempt) ? { credential, secret: secrets.get(attempt) } : { credential };
        const answer = await send({ url: `/api/registration/${attempt}`, method: "POST", body });
        if (answer.error) return { error: answer.error };
        return { data: kept(answer.data as LoginAnswer) };
      },
    }),
    signIn: build.mutation<SafeUser, Credentials>({
      invalidatesTags: ["Sessions", "Activity"],
      queryFn: async (credentials, _, __, send) => {
        const url = sessionType === "token" ? "/api/auth/login" : "/api/session";
        const body = sessionType === "token" ? { ...credentials, tokenDelivery: "cookie" } : credentials;
        const answer = await send({ url, method: "POST", body });
        if (answer.error) return { error: answer.error };
        const data = answer.data as { user: SafeUser; accessToken?: string };
        if (data.accessToken) keepAccessToken(data.accessToken);
        return { data: data.user };
      },
    }),
    signUp: build.mutation<SafeUser | null, RegistrationRequest>({
      queryFn: async (body, _, __, send) => {
        const url = sessionType === "token" ? "/api/auth/register" : "/api/users";
        const answer = await send({ url, method: "POST", body });
        if (answer.error) return { error: answer.error };
        return { data: (answer.data as { user?: SafeUser }).user ?? null };
      },
    }),
    signOut: build.mutation<null, void>({
      queryFn: async (_, __, ___, send) => {
        const request =
          sessionType === "token"
            ? { url: "/api/auth/logout", method: "POST" }
            : { url: "/api/session", method: "DELETE" };
        const answer = await send(request);
        const gone = !answer.error || (answer.error as { status?: unknown }).status === 401;
        if (!gone) return { error: answer.error };
        forgetTokens();
        return { data: null };
      },
    }),
  }),
});

export const {
  useCurrentUserQuery,
  useBeginLoginMutation,
  useTakeStepMutation,
  useBeginPasskeyRegistrationMutation,
  useFinishPasskeyRegistrationMutation,
  usePostLoginLinksMutation,
  useGetAccountMethodsQuery,
  usePostAccountPasskeysOptionsMutation,
  usePostAccountPasskeysMutation,
  usePatchAccountPasskeysByIdMutation,
  useDeleteAccountPasskeysByIdMutation,
  usePostAccountTotpMutation,
  usePostAccountTotpByCeremonyMutation,
  useDeleteAccountTotpMutation,
  usePostAccountRecoveryCodesMutation,
  usePutAccountSecondFactorMutation,
  useDeleteAccountPasswordMutation,
  useDeleteAccountTrustedDevicesByIdMutation,
  usePostAccountLockdownMutation,
  usePostAccountUndoEmailMutation,
  usePostAccountRestoreMutation,
  usePostAccountNotMeMutation,
  usePostAccountCancelRecoveryMutation,
  useLazyGetAccountExportQuery,
  useSignInMutation,
  useSignUpMutation,
  useSignOutMutation,
  useGetConfigQuery,
  useGetAccountApiKeysQuery,
  usePostAccountApiKeysMutation,
  useDeleteAccountApiKeysByIdMutation,
  useGetSessionsQuery,
  useGetAccountActivityQuery,
  useLazyGetAccountActivityQuery,
  useGetDevMailboxJsonQuery,
  useGetDevConnectJsonQuery,
  useGetDevCallsJsonQuery,
  usePatchAccountMutation,
  useDeleteAccountMutation,
  usePostAuthForgotPasswordMutation,
  usePostAuthResetPasswordMutation,
  usePostAuthVerifyEmailMutation,
  usePostAuthResendCodeMutation,
  usePostAuthChangePasswordMutation,
  useDeleteSessionsMutation,
  useDeleteSessionsByIdMutation,
} = api;
