/** The generated endpoints with their cache tags, and the few that differ between the doors. */
import { door } from "../app/config";
import { generated, type SafeUser } from "./generated";
import { forgetTokens, hasAccessToken, keepAccessToken, refresh } from "./tokenDoor";

export type { ActivityEvent, MailView, SafeUser, SessionView } from "./generated";

export interface Credentials {
  credential: string;
  password: string;
}

const tagged = generated.enhanceEndpoints({
  addTagTypes: ["User", "Sessions", "Activity"],
  endpoints: {
    getSessions: { providesTags: ["Sessions"] },
    getAccountActivity: { providesTags: ["Activity"] },
    patchAccount: { invalidatesTags: ["User", "Activity"] },
    postAuthVerifyEmail: { invalidatesTags: ["User", "Activity"] },
    postAuthChangePassword: { invalidatesTags: ["Sessions", "Activity"] },
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
        return { data: (answer.data as { user: SafeUser | null }).user };
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
  useSignInMutation,
  useSignUpMutation,
  useSignOutMutation,
  useGetConfigQuery,
  useGetSessionsQuery,
  useGetAccountActivityQuery,
  useLazyGetAccountActivityQuery,
  useGetDevMailboxJsonQuery,
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
