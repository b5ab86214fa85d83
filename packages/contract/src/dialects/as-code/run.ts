import type { CodeKind, CodeTarget } from './index.ts';
import { powershellString, shellWord } from './quote.ts';

/**
 * The commands that run a kind of code, one a line.
 * @param fileName as `asCode` calls the file: plain letters, digits and dashes
 */
export function howToRun(kind: CodeKind, fileName: string, target: CodeTarget): string {
  const token =
    target.is === 'azure'
      ? null
      : `az account get-access-token --scope ${(kind === 'powershell' ? powershellString : shellWord)(`${target.audience}/access_as_user`)} --query accessToken -o tsv`;
  const exported = token === null ? [] : [`export WEIR_TOKEN="$(${token})"`];
  const lines: Record<CodeKind, string[]> = {
    file: [
      ...exported,
      ...(target.is === 'weir' ? [`export WEIR_URL=${shellWord(target.origin)}`] : []),
      `weir settings plan ${fileName}`,
      `weir settings apply ${fileName}`,
    ],
    template: [`az deployment tenant create --location westeurope --template-file ${fileName}`],
    bicep: [`az deployment tenant create --location westeurope --template-file ${fileName}`],
    terraform: ['terraform init', 'terraform apply'],
    cli: [...exported, `sh ${fileName}`],
    powershell: [...(token === null ? ['Connect-AzAccount'] : [`$env:WEIR_TOKEN = ${token}`]), `./${fileName}`],
  };
  return lines[kind].join('\n');
}
