export { dataFolder, type DataFolderOptions } from "./data-folder.ts";
export { fileMutex, type FileMutexOptions } from "./file-mutex.ts";
export { fileStore, readCredential, type FileStoreOptions } from "./file-store.ts";
