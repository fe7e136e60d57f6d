import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import {
  usePostAccountCancelRecoveryMutation,
  usePostAccountNotMeMutation,
  usePostAccountRestoreMutation,
  usePostAccountUndoEmailMutation,
} from "../../api";
import { Button, ButtonLink } from "../../ui/Button";
import { Heading } from "../../ui/Page";
import { ProblemNotice } from "../../ui/ProblemNotice";

type What = "email" | "restore" | "recovery" | "notMe";
const KINDS: What[] = ["email", "restore", "recovery", "notMe"];

/** The page of all emailed links that undo a change. Nothing happens before its button is pressed. */
export default function UndoPage() {
  const { t } = useTranslation();
  const [link] = useState(readLink);
  const [undoEmail, emailUndone] = usePostAccountUndoEmailMutation();
  const [restore, restored] = usePostAccountRestoreMutation();
  const [stop, stopped] = usePostAccountCancelRecoveryMutation();
  const [alarm, alarmed] = usePostAccountNotMeMutation();
  useEffect(() => history.replaceState(history.state, "", location.pathname), []);
  const states = { email: emailUndone, restore: restored, recovery: stopped, notMe: alarmed };
  const { what, token } = link;
  const state = states[what];
  const run = () => {
    const tokenRequest = { token };
    if (what === "email") void undoEmail({ tokenRequest });
    else if (what === "restore") void restore({ tokenRequest });
    else if (what === "notMe") void alarm({ tokenRequest });
    else void stop({ cancelRecoveryRequest: tokenRequest });
  };
  if (state.isSuccess) {
    return (
      <>
        <Heading title={t(`undo.${what}.done`)} lead={t(`undo.${what}.doneLead`)} />
        <ButtonLink to="/auth/sign-in" className="w-full">
          {t("signIn.title")}
        </ButtonLink>
      </>
    );
  }
  return (
    <>
      <Heading title={t(`undo.${what}.title`)} lead={t(`undo.${what}.lead`)} />
      <div className="space-y-5">
        {state.error ? <ProblemNotice error={state.error} /> : null}
        <Button busy={state.isLoading} className="w-full" onClick={run}>
          {t(`undo.${what}.submit`)}
        </Button>
      </div>
    </>
  );
}

function readLink(): { what: What; token: string } {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const what = KINDS.find((kind) => fragment.has(kind)) ?? "email";
  return { what, token: fragment.get(what) ?? "" };
}
