import { useTranslation } from "react-i18next";

import { useLazyGetAccountExportQuery } from "../../api";
import { Button } from "../../ui/Button";
import { download } from "../../ui/download";
import { ProblemNotice } from "../../ui/ProblemNotice";

/** Downloads everything that is stored about the user, as a file. */
export function ExportData() {
  const { t } = useTranslation();
  const [load, { isFetching, error }] = useLazyGetAccountExportQuery();
  const save = async () => {
    const { data } = await load();
    if (data) download("account.json", JSON.stringify(data, null, 2), "application/json");
  };
  return (
    <div className="space-y-4">
      {error ? <ProblemNotice error={error} /> : null}
      <Button look="quiet" busy={isFetching} onClick={() => void save()}>
        {t("security.export")}
      </Button>
    </div>
  );
}
