/** The generated endpoints with their cache tags, and the few that differ between the doors. */
import { door } from "../app/config";
import { generated, type LoginAnswer, type PasskeyRegistration, type SafeUser } from "./generated";
import { noteSession } from "./sessionEnd";
import { forgetTokens, hasAccessToken, keepAccessToken, refresh } from "./tokenDoor";

export type {
  ActivityEvent,
  ApiKeyView,
  LoginAnswer,
  MailView,
  MethodsView,
  PasskeyView,
  SafeUser,
  SessionView,
  StepView,
} from "./generated";

/** A step on its way: which one, and what it proves. */
export interface Step {
  method: string;
  [member: string]: unknown;
}

export interface Credentials {
  credential: string;
  password: string;
}

const ofDoor = door === "token" ? { door, tokenDelivery: "cookie" } : { door };
/** What ties attempts to this page at the token door; at the other one a cookie does. */
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
    /** Who is signed in here; null when nobody is. */
    currentUser: build.query<SafeUser | null, void>({
      providesTags: ["User"],
      queryFn: async (_, queryApi, extra, send) => {
        if (door === "token" && !hasAccessToken() && !(await refresh(queryApi, extra as object)))
          return { data: null };
        const answer = await send(door === "token" ? "/api/auth/profile" : "/api/session");
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
    /** Begin to sign in; without an identifier, for a passkey that says whose it is. */
    beginLogin: build.mutation<LoginAnswer, string>({
      queryFn: async (identifier, _, __, send) => {
        const answer = await send({ url: "/api/login", method: "POST", body: { identifier, ...ofDoor } });
        if (answer.error) return { error: answer.error };
        return { data: kept(answer.data as LoginAnswer) };
      },
    }),
    /** One step of an attempt. */
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
    /** Register with a passkey: first its options, then what the browser made of them. */
    beginPasskeyRegistration: build.mutation<PasskeyRegistration, { username: string; email: string }>({
      queryFn: async (who, _, __, send) => {
        const body = { ...who, door: ofDoor.door };
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
        const url = door === "token" ? "/api/auth/login" : "/api/session";
        const body = door === "token" ? { ...credentials, tokenDelivery: "cookie" } : credentials;
        const answer = await send({ url, method: "POST", body });
        if (answer.error) return { error: answer.error };
        const data = answer.data as { user: SafeUser; accessToken?: string };
        if (data.accessToken) keepAccessToken(data.accessToken);
        return { data: data.user };
      },
    }),
    signUp: build.mutation<SafeUser | null, { username: string; email: string; password: string }>({
      queryFn: async (body, _, __, send) => {
        const url = door === "token" ? "/api/auth/register" : "/api/users";
        const answer = await send({ url, method: "POST", body });
        if (answer.error) return { error: answer.error };
        return { data: (answer.data as { user?: SafeUser }).user ?? null };
      },
    }),
    signOut: build.mutation<null, void>({
      queryFn: async (_, __, ___, send) => {
        const request =
          door === "token"
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
