import { useId, useRef } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { api, useDeleteAccountMutation } from "../../api";
import { forgetTokens } from "../../api/tokenDoor";
import { useAppDispatch } from "../../app/store";
import { Button } from "../../ui/Button";
import { PasswordField } from "../../ui/PasswordField";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { useServerErrors } from "../../ui/useServerErrors";
import { tellOtherTabs } from "../session/tabs";
import { useUser } from "../session/useUser";

/** Deleting asks twice: a dialog, and the password in it. */
export function DeleteAccount() {
  const { t } = useTranslation();
  const user = useUser();
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const form = useForm({ defaultValues: { password: "" } });
  const { general, show, clear } = useServerErrors(form);
  const { remove, busy } = useDeletion(show);
  const submit = form.handleSubmit((values) => {
    clear();
    return remove(values.password);
  });
  return (
    <>
      <Button look="danger" onClick={() => dialog.current?.showModal()}>
        {t("security.delete")}
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        onClose={() => {
          form.reset();
          clear();
        }}
        className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-2xl border border-border bg-surface p-6 text-foreground shadow-card backdrop:bg-black/50 sm:p-8"
      >
        <form noValidate onSubmit={(event) => void submit(event)} className="space-y-5">
          <h2 id={titleId} className="text-xl font-bold tracking-tight">
            {t("security.deleteConfirm")}
          </h2>
          <p className="leading-relaxed text-muted">{t("security.deleteLead")}</p>
          {general ? <ProblemNotice error={general} /> : null}
          <input type="text" name="username" autoComplete="username" value={user.username} readOnly hidden />
          <PasswordField
            label={t("fields.currentPassword")}
            autoComplete="current-password"
            error={form.formState.errors.password?.message}
            {...form.register("password", { required: t("errors.required") })}
          />
          <div className="flex flex-wrap justify-end gap-3">
            <Button look="ghost" onClick={() => dialog.current?.close()}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" look="danger" busy={busy}>
              {t("security.deleteSubmit")}
            </Button>
          </div>
        </form>
      </dialog>
    </>
  );
}

function useDeletion(show: (error: unknown) => void) {
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const [remove, { isLoading }] = useDeleteAccountMutation();
  return {
    busy: isLoading,
    remove: async (password: string) => {
      const answer = await remove({ deleteAccountRequest: { password } });
      if (answer.error) {
        show(answer.error);
        return;
      }
      forgetTokens();
      await navigate("/auth/sign-in", { replace: true, state: { signedOut: true } });
      dispatch(api.util.resetApiState());
      tellOtherTabs();
    },
  };
}
