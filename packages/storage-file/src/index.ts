export { atomicWrite } from "./atomic-write.ts";
export { dataFolder, findDataHome, type DataFolderOptions } from "./data-folder.ts";
export { fileMutex, type FileMutexOptions } from "./file-mutex.ts";
export { fileStore, forgetCredential, type FileStoreOptions } from "./file-store.ts";
export { openSealed } from "./open-sealed.ts";
export { passphraseSeal, type PassphraseSealOptions } from "./passphrase-seal.ts";
export { isPrivateFolder, peekStems, peekToken, type PeekedToken } from "./peek-token.ts";
export { makePrivateFolder, type OnWarning } from "./privacy.ts";
