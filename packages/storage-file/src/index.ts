export { dataFolder, type DataFolderOptions } from "./data-folder.ts";
export { fileMutex, type FileMutexOptions } from "./file-mutex.ts";
export { fileStore, forgetCredential, type FileStoreOptions } from "./file-store.ts";
export { passphraseSeal, type PassphraseSealOptions } from "./passphrase-seal.ts";
export { peekStems, peekToken, type PeekedToken } from "./peek-token.ts";
export type { OnWarning } from "./privacy.ts";
