import { kubectl120 } from '../lab/tools.ts'
import { kubectlStory } from './kubectl-story.ts'

kubectlStory('1.20', kubectl120)
